/** The limit of mutations: hands the input on by undici and the answer back; stores nothing, checks nothing. */
import { createServer } from 'node:http';
import { Agent, request } from 'undici';
import { listen } from '../process/listen.ts';

interface Mutation {
  variables: { input: Record<string, unknown> };
}

const dispatcher = new Agent({ connections: 50 });
const url = `${process.env['BENCH_UPSTREAM']}/single_face_swap`;

listen(
  createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', async () => {
      const { input } = (JSON.parse(Buffer.concat(chunks).toString()) as Mutation).variables;
      const body = JSON.stringify({
        key: 'key-of-the-stub',
        init_image: input['initImage'],
        target_image: input['targetImage'],
        reference_image: input['referenceImage'],
        watermark: input['watermark'],
        webhook: 'https://gateway.example.com/webhooks/modelslab/',
        track_id: input['trackId'],
      });
      const headers = { 'content-type': 'application/json' };
      const answer = await request(url, { method: 'POST', headers, body, dispatcher });
      const text = await answer.body.text();
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    });
  }),
);

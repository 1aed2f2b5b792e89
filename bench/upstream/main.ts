/**
 * A ModelsLab stub that does no work: `node upstream/main.ts`. Submissions below `/success` get the finished picture at
 * once, those below `/processing` get an id; the bench sends their webhooks.
 */
import { createServer, type ServerResponse } from 'node:http';
import { listen } from '../process/listen.ts';
import { processingBody, type Submission, type SubmitBody, successBody } from './wire.ts';

const submissions: Submission[] = [];
let count = 0;

const send = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

listen(
  createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const at = process.hrtime.bigint();
      const url = request.url ?? '';
      if (url === '/count') return send(response, { count });
      if (url.startsWith('/submissions?from='))
        return send(response, submissions.slice(Number(url.slice('/submissions?from='.length))));
      const body = JSON.parse(Buffer.concat(chunks).toString()) as SubmitBody;
      if (!url.endsWith('/single_face_swap')) return send(response, processingBody(0));
      const id = ++count;
      if (url.startsWith('/success')) return send(response, successBody(id));
      submissions.push({ id, trackId: body.track_id, webhook: body.webhook, atNs: String(at) });
      send(response, processingBody(id));
    });
  }),
);

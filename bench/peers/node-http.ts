/** The upper bound: parses the request, looks up the response and sends prepared bytes. */
import { createServer } from 'node:http';
import { listen } from '../process/listen.ts';
import { type ReadRequest, readRecords } from './records.ts';

const answers = new Map<string, Buffer>();
for (const [id, swapResult] of readRecords())
  answers.set(id, Buffer.from(JSON.stringify({ data: { swapResult } })));

listen(
  createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as ReadRequest;
      const answer = answers.get(variables.id) ?? Buffer.from('{"data":{"swapResult":null}}');
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': answer.length,
      });
      response.end(answer);
    });
  }),
);

import { readSample } from '../../../samples/samples.js';
import type { ConcurrencyLimit } from '../access/concurrency-limit.js';
import type { HttpServer } from '../http/http-server.js';

/** `GET /samples/{name}`: sample portraits, drawn for this project. */
export function mountSamples(server: HttpServer, limit: ConcurrencyLimit): void {
  server.get<{ Params: { name: string } }>('/samples/:name', { onRequest: limit }, async (request, reply) => {
    const sample = await readSample(request.params.name);
    if (!sample) return reply.callNotFound();
    return reply.header('cache-control', 'public, max-age=3600').type(sample.contentType).send(sample.bytes);
  });
}

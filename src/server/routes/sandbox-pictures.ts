import { request } from 'undici';
import { GatewayError } from '../../swap/errors.js';
import type { ConcurrencyLimit } from '../access/concurrency-limit.js';
import type { HttpServer } from '../http/http-server.js';

const timeoutMs = 10_000;

/**
 * `GET /generations/{name}`: proxies the sandbox's pictures, since the sandbox listens on loopback only, on an arbitrary port.
 */
export function mountSandboxPictures(server: HttpServer, sandboxUrl: string, limit: ConcurrencyLimit): void {
  server.get<{ Params: { name: string } }>(
    '/generations/:name',
    { onRequest: limit },
    async ({ params }, reply) => {
      if (!/^[\w-]{1,64}\.jpg$/.test(params.name)) return reply.callNotFound();
      const { statusCode, headers, body } = await request(`${sandboxUrl}/generations/${params.name}`, {
        headersTimeout: timeoutMs,
        bodyTimeout: 0,
      }).catch((cause: unknown) => {
        throw new GatewayError('UNAVAILABLE', 'The sandbox does not respond.', { retryAfter: 5 }, { cause });
      });
      // When the client disconnects, the body is destroyed, which emits an error.
      body.on('error', () => undefined);
      if (statusCode !== 200) {
        body.destroy();
        return reply.callNotFound();
      }
      reply.header('cache-control', 'public, max-age=3600').type('image/jpeg');
      const length = headers['content-length'];
      if (typeof length === 'string') reply.header('content-length', length);
      return reply.send(body);
    },
  );
}

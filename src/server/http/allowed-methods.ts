import type { FastifyInstance } from 'fastify';
import { errorBody } from '../../graphql/execution/format-error.js';

/** Responds to OPTIONS requests that are not CORS preflights: 204 with the methods of the route. Add before CORS. */
export function answerOptions(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] !== undefined)
      return;
    const allowed = allowedMethods(server, request.url);
    if (allowed.length > 0) return reply.status(204).header('allow', allowed.join(', ')).send();
  });
}

/** Rejects other methods of a route with 405 instead of 404. Routes with parameters are excluded: their names may be secrets. */
export function rejectOtherMethods(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const allowed = allowedMethods(server, request.url).join(', ');
    if (allowed === '') return;
    const message = `${request.method} is not allowed here. Allowed: ${allowed}.`;
    return reply
      .status(405)
      .header('allow', allowed)
      .send(errorBody({ code: 'BAD_REQUEST', message }));
  });
}

/** The methods of the route with exactly this path; empty if there is none. */
function allowedMethods(server: FastifyInstance, url: string): string[] {
  const [path = ''] = url.split('?');
  const own = server.supportedMethods.filter(
    (method) => method !== 'OPTIONS' && server.hasRoute({ method, url: path }),
  );
  return own.length > 0 ? [...own, 'OPTIONS'] : [];
}

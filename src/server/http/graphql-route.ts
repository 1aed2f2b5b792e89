import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EventStreams } from '../event-streams/mount.js';
import type { GraphqlHandler } from './graphql-handler.js';
import type { HttpServer } from './http-server.js';

/** `POST /graphql`, also for event streams, and `GET` and `HEAD` for queries. Mount after the IDE's hook, which redirects browsers that accept HTML. */
export function mountGraphqlRoute(
  server: HttpServer,
  handler: GraphqlHandler,
  events: Pick<EventStreams, 'isWanted' | 'open'>,
): void {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (events.isWanted(request)) {
      await events.open(request, reply);
      return undefined;
    }
    const { id, url, headers, body, raw } = request;
    // Fastify omits the body of the response to HEAD.
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const result = await handler({ id, method, url, headers, body, raw, response: reply.raw });
    return reply.status(result.status).headers(result.headers).send(result.body);
  };
  server.route({ method: ['GET', 'POST'], url: '/graphql', handler: handle });
}

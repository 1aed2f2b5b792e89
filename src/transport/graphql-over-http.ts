import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext, GatewayServices, Principal } from '../graphql/context.js';
import { presentRefusal } from '../graphql/error-presenter.js';
import { SwapError } from '../swap/swap-error.js';
import type { ClientAuth } from './client-auth.js';
import type { HttpServer } from './http-server.js';

export interface GraphqlOverHttpOptions {
  apollo: ApolloServer<GatewayContext>;
  authenticate: ClientAuth;
  services: GatewayServices;
}

/** `POST /graphql`, and `GET` for queries. Mount after the IDE's route, which answers browsers that ask for a page. */
export function mountGraphqlOverHttp(
  server: HttpServer,
  { apollo, authenticate, services }: GraphqlOverHttpOptions,
): void {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    let principal: Principal;
    try {
      principal = authenticate(request.headers.authorization);
    } catch (error) {
      if (!(error instanceof SwapError)) throw error;
      return reply.status(401).header('www-authenticate', 'Bearer').send(presentRefusal(error));
    }
    const context: GatewayContext = { principal, requestId: request.id, services };
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headerMap(request.headers),
        search: request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '',
        body: request.body,
      },
      context: async () => context,
    });
    reply.status(answer.status ?? 200);
    for (const [name, value] of answer.headers) reply.header(name, value);
    if (answer.body.kind !== 'complete') throw new Error('incremental delivery is not offered by the schema');
    return reply.send(answer.body.string);
  };
  server.route({ method: ['GET', 'POST'], url: '/graphql', handler: handle });
}

function headerMap(headers: FastifyRequest['headers']): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

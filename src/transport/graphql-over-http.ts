import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext, GatewayServices } from '../graphql/context.js';
import { presentRefusal } from '../graphql/error-presenter.js';
import type { TrustedDocuments } from '../graphql/trusted-documents.js';
import { SwapError } from '../swap/swap-error.js';
import type { Admission } from './admission.js';
import type { AddressReader } from './client-address.js';
import type { HttpServer } from './http-server.js';
import { httpStatusOf, refusalHeaders } from './refusal.js';

export interface GraphqlOverHttpOptions {
  apollo: ApolloServer<GatewayContext>;
  admission: Admission;
  readAddress: AddressReader;
  services: GatewayServices;
  /** Undefined: every document that keeps the limits may run. */
  trustedDocuments: TrustedDocuments | undefined;
}

/** `POST /graphql`, and `GET` for queries. Mount after the IDE's route, which answers browsers that ask for a page. */
export function mountGraphqlOverHttp(
  server: HttpServer,
  { apollo, admission, readAddress, services, trustedDocuments }: GraphqlOverHttpOptions,
): void {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    let context: GatewayContext;
    let operation: { body: unknown; search: string };
    try {
      const { authorization, host } = request.headers;
      const work = mayChange(request.body) ? 'mutation' : 'query';
      const principal = await admission.admit({
        authorization,
        host,
        address: () => readAddress(request.raw),
        work,
      });
      operation = trustedDocuments
        ? trustedOperation(request, trustedDocuments)
        : { body: request.body, search: searchOf(request.url) };
      context = { principal, requestId: request.id, services };
    } catch (error) {
      if (!(error instanceof SwapError)) throw error;
      return reply
        .status(httpStatusOf(error))
        .headers(refusalHeaders(error))
        .type(answerType(request.headers.accept))
        .send(presentRefusal(error));
    }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers: headerMap(request.headers), ...operation },
      context: async () => context,
    });
    reply.status(answer.status ?? 200);
    for (const [name, value] of answer.headers) reply.header(name, value);
    if (answer.body.kind !== 'complete') throw new Error('incremental delivery is not offered by the schema');
    return reply.send(answer.body.string);
  };
  server.route({ method: ['GET', 'POST'], url: '/graphql', handler: handle });
}

/** As Apollo chooses it: clients that ask for the newer type take an answer of the older one for no GraphQL at all. */
function answerType(accept: string | undefined): string {
  const type = accept?.includes('application/graphql-response+json') ? 'graphql-response+json' : 'json';
  return `application/${type}; charset=utf-8`;
}

/** Good enough to decide, before anything is parsed, what is put off when there is too much to do. */
function mayChange(body: unknown): boolean {
  const query = (body as { query?: unknown } | null | undefined)?.query;
  return typeof query === 'string' && query.includes('mutation');
}

/** The request with the manifest's text in the place of whatever it named or sent. */
function trustedOperation(
  { method, body, query: parameters, url }: FastifyRequest,
  trusted: TrustedDocuments,
): { body: unknown; search: string } {
  if (method === 'GET') {
    const search = new URLSearchParams(searchOf(url));
    const extensions = search.get('extensions');
    const query = trusted({ ...(parameters as object), extensions: extensions && parseJson(extensions) });
    search.delete('extensions');
    search.set('query', query);
    return { body, search: `?${search}` };
  }
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  return { body: { ...fields, query: trusted(fields), extensions: {} }, search: '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function searchOf(url: string): string {
  return url.includes('?') ? url.slice(url.indexOf('?')) : '';
}

function headerMap(headers: FastifyRequest['headers']): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { GatewayContext, GatewayServices, Principal } from '../../graphql/context.js';
import { usedBody } from '../../graphql/execution/request-body.js';
import type { ResponseLimit } from '../../graphql/execution/response-limit.js';
import type { TrustedDocuments } from '../../graphql/execution/trusted-documents.js';
import { GatewayError } from '../../swap/errors.js';
import type { Admission } from '../access/admission.js';
import type { AddressReader } from '../access/client-address.js';
import type { Work } from '../access/load-shedder.js';
import type { WorkReader } from '../access/request-work.js';
import { gatewayErrorResponse } from './error-response.js';
import { checkNesting } from './json-body.js';
import { createMediaTypes } from './media-types.js';
import type { UnreadResponses } from './unread-responses.js';

export interface GraphqlHttpRequest {
  /** Of the request, as it is known in the log. */
  id: string;
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Parsed; undefined for GET. */
  body: unknown;
  raw: IncomingMessage;
  /** To which the answer is written. */
  response: ServerResponse;
}

export interface GraphqlHttpResponse {
  status: number;
  /** Beside the length. */
  headers: Record<string, string>;
  body: string;
}

/**
 * Executes a request without Apollo, if Apollo has accepted the same query text before and nothing about the request is
 * unusual. The caller must have authenticated and rate-limited the request.
 *
 * @param body the JSON of a POST
 * @returns the body of a 200; undefined: nothing was executed and Apollo must handle the request
 */
export type CachedExecution = (
  body: unknown,
  context: GatewayContext,
) => string | Promise<string | undefined> | undefined;

export interface GraphqlHandlerOptions {
  apollo: ApolloServer<GatewayContext>;
  admission: Admission;
  readAddress: AddressReader;
  services: GatewayServices;
  /** Undefined: every document that keeps the limits may run. */
  trustedDocuments: TrustedDocuments | undefined;
  /** Undefined: everything goes through Apollo. */
  cachedExecution: CachedExecution | undefined;
  readWork: WorkReader;
  responseLimit: ResponseLimit;
  unread: UnreadResponses;
}

/** Answers one request, of whatever server; without a promise where nothing has to be waited for. */
export type GraphqlHandler = (
  request: GraphqlHttpRequest,
) => GraphqlHttpResponse | Promise<GraphqlHttpResponse>;

export function createGraphqlHandler({
  apollo,
  admission,
  readAddress,
  services,
  trustedDocuments,
  cachedExecution,
  readWork,
  responseLimit,
  unread,
}: GraphqlHandlerOptions): GraphqlHandler {
  const mediaTypes = createMediaTypes();

  const askApollo = async (
    { method, headers }: Pick<GraphqlHttpRequest, 'method' | 'headers'>,
    operation: { body: unknown; search: string },
    context: GatewayContext,
  ): Promise<GraphqlHttpResponse> => {
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headerMap(headers), ...operation },
      context: async () => context,
    });
    mediaTypes.learn(headers, answer);
    return {
      status: answer.status ?? 200,
      headers: Object.fromEntries(answer.headers),
      body: textOf(answer),
    };
  };

  const execute = (
    request: GraphqlHttpRequest,
    principal: Principal,
  ): GraphqlHttpResponse | Promise<GraphqlHttpResponse> => {
    checkSearch(request.url);
    const operation = trustedDocuments
      ? trustedOperation(request, trustedDocuments)
      : { body: usedBody(request.body), search: searchOf(request.url) };
    // Retained until the response is sent, so without the original body.
    const asked = { method: request.method, headers: request.headers };
    const context = { principal, requestId: request.id, services };
    const mediaType = request.method === 'POST' ? mediaTypes.known(request.headers) : undefined;
    const answer = mediaType && cachedExecution?.(operation.body, context);
    if (!mediaType || answer === undefined) return askApollo(asked, operation, context);
    const headers = { 'content-type': mediaType };
    return typeof answer === 'string'
      ? { status: 200, headers, body: answer }
      : answer.then((body) =>
          body === undefined ? askApollo(asked, operation, context) : { status: 200, headers, body },
        );
  };

  return (request) => {
    const { authorization, host, accept } = request.headers;
    const refuse = (error: unknown): GraphqlHttpResponse => {
      if (!(error instanceof GatewayError)) throw error;
      return gatewayErrorResponse(error, answerType(accept));
    };
    let known: Work | undefined;
    const work = (): Work => {
      known ??= readWork(request.method, request.body);
      return known;
    };
    /** Mutations are exempt: their effect has happened, the response is small, and the client must learn the outcome. */
    const limited = (answer: GraphqlHttpResponse): GraphqlHttpResponse => {
      const { raw, response } = request;
      const problem =
        responseLimit(answer.body) ?? unread.hold(answer.body, () => readAddress(raw), response);
      return problem && work() !== 'mutation' ? refuse(problem) : answer;
    };
    try {
      const principal = admission.admit({
        authorization,
        host,
        address: () => readAddress(request.raw),
        work,
      });
      return principal instanceof Promise
        ? principal
            .then((admitted) => execute(request, admitted))
            .then(limited)
            .catch(refuse)
        : whenDone(execute(request, principal), limited);
    } catch (error) {
      return refuse(error);
    }
  };
}

function textOf({ body }: HTTPGraphQLResponse): string {
  if (body.kind !== 'complete') throw new Error('incremental delivery is not offered by the schema');
  return body.string;
}

/** As Apollo chooses it: clients that ask for the newer type take an answer of the older one for no GraphQL at all. */
function answerType(accept: string | undefined): string {
  const type = accept?.includes('application/graphql-response+json') ? 'graphql-response+json' : 'json';
  return `application/${type}; charset=utf-8`;
}

function whenDone<T>(value: T | Promise<T>, change: (value: T) => T): T | Promise<T> {
  return value instanceof Promise ? value.then(change) : change(value);
}

/** The request with the manifest's text in the place of whatever it named or sent. */
function trustedOperation(
  { method, body, url }: GraphqlHttpRequest,
  trusted: TrustedDocuments,
): { body: unknown; search: string } {
  if (method === 'GET') {
    const search = new URLSearchParams(searchOf(url));
    const extensions = search.get('extensions');
    const query = trusted({
      ...Object.fromEntries(search),
      extensions: extensions === null ? undefined : parseJson(extensions),
    });
    search.delete('extensions');
    search.set('query', query);
    return { body, search: `?${search}` };
  }
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  return { body: usedBody({ ...fields, query: trusted(fields), extensions: {} }), search: '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses JSON from a query string. @throws Error with `statusCode` 400 if nested too deeply */
function checkSearch(url: string): void {
  if (!url.includes('?')) return;
  const search = new URLSearchParams(searchOf(url));
  for (const name of ['variables', 'extensions'])
    for (const value of search.getAll(name)) checkNesting(value, `\`${name}\``);
}

function searchOf(url: string): string {
  return url.includes('?') ? url.slice(url.indexOf('?')) : '';
}

function headerMap(headers: IncomingHttpHeaders): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { GatewayContext, GatewayServices } from '../../graphql/context.js';
import { usedBody } from '../../graphql/execution/request-body.js';
import type { ResponseLimit } from '../../graphql/execution/response-limit.js';
import type { TrustedDocuments } from '../../graphql/execution/trusted-documents.js';
import { GatewayError } from '../../swap/errors.js';
import type { Principal } from '../../swap/principal.js';
import { isEnded, type Swap } from '../../swap/swap.js';
import type { Span } from '../../swap/tracing.js';
import type { Admission } from '../access/admission.js';
import type { AddressReader } from '../access/client-address.js';
import type { Work } from '../access/load-shedder.js';
import type { WorkReader } from '../access/request-work.js';
import { withEntityTag } from './entity-tag.js';
import { gatewayErrorResponse } from './error-response.js';
import { checkNesting } from './json-body.js';
import { createMediaTypes } from './media-types.js';
import type { OperationTracing } from './trace-operations.js';
import type { UnreadResponses } from './unread-responses.js';

export interface GraphqlHttpRequest {
  /** Request id, used in the log. */
  id: string;
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Parsed; undefined for GET. */
  body: unknown;
  raw: IncomingMessage;
  /** The response that the result will be written to. */
  response: ServerResponse;
}

export interface GraphqlHttpResponse {
  status: number;
  /** Without `content-length`. */
  headers: Record<string, string>;
  body: string;
}

/**
 * Fast path: executes an operation that Apollo has already validated, bypassing Apollo. Responses are byte-identical. The caller
 * must have authenticated and rate-limited the request.
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
  /** Undefined: every document within the limits is allowed. */
  trustedDocuments: TrustedDocuments | undefined;
  /** Undefined: Apollo executes everything. */
  cachedExecution: CachedExecution | undefined;
  readWork: WorkReader;
  /** Undefined: operations are not traced. */
  trace?: OperationTracing | undefined;
  responseLimit: ResponseLimit;
  unread: UnreadResponses;
}

/** Handles one request, independent of the HTTP server. Returns a promise only if it has to wait. */
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
  trace,
  responseLimit,
  unread,
}: GraphqlHandlerOptions): GraphqlHandler {
  const mediaTypes = createMediaTypes();

  const runApollo = async (
    { method, headers }: Pick<GraphqlHttpRequest, 'method' | 'headers'>,
    operation: { body: unknown; search: string },
    context: GatewayContext,
  ): Promise<GraphqlHttpResponse> => {
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headerMap(headers), ...operation },
      context: async () => context,
    });
    mediaTypes.learn(headers, response);
    return {
      status: response.status ?? 200,
      headers: Object.fromEntries(response.headers),
      body: textOf(response),
    };
  };

  /** Adds an entity tag if the response has finished swaps only, and no secret. */
  const runCacheable = async (
    head: Pick<GraphqlHttpRequest, 'method' | 'headers'>,
    operation: { body: unknown; search: string },
    context: GatewayContext,
  ): Promise<GraphqlHttpResponse> => {
    const read: (Swap | undefined)[] = [];
    let isSecret = false;
    const result = await runApollo(head, operation, {
      ...context,
      swapRead: (swap) => void read.push(swap),
      secretRead() {
        isSecret = true;
      },
    });
    const isFinal = !isSecret && read.length > 0 && read.every((swap) => swap && isEnded(swap));
    const isComplete = result.status === 200 && result.body.startsWith('{"data"');
    return isFinal && isComplete ? withEntityTag(result, head.headers['if-none-match']) : result;
  };

  const execute = (
    request: GraphqlHttpRequest,
    principal: Principal,
    span?: Pick<Span, 'traceparent'>,
  ): GraphqlHttpResponse | Promise<GraphqlHttpResponse> => {
    checkSearch(request.url);
    const operation = trustedDocuments
      ? trustedOperation(request, trustedDocuments)
      : { body: usedBody(request.body), search: searchOf(request.url) };
    // Retained until the response is sent, so they exclude the original body.
    const head = { method: request.method, headers: request.headers };
    const { raw, response } = request;
    const context: GatewayContext = {
      principal,
      requestId: request.id,
      span,
      address: () => readAddress(raw),
      services,
      clientLeft: () => closingOf(response),
    };
    if (request.method === 'GET') return runCacheable(head, operation, context);
    const mediaType = mediaTypes.known(request.headers);
    const result = mediaType && cachedExecution?.(operation.body, context);
    if (!mediaType || result === undefined) return runApollo(head, operation, context);
    const headers = { 'content-type': mediaType };
    return typeof result === 'string'
      ? { status: 200, headers, body: result }
      : result.then((body) =>
          body === undefined ? runApollo(head, operation, context) : { status: 200, headers, body },
        );
  };

  const run = (
    request: GraphqlHttpRequest,
    principal: Principal,
  ): GraphqlHttpResponse | Promise<GraphqlHttpResponse> => {
    const span = trace?.start(request, principal);
    // Most spans are not sampled, and have no end to wait for.
    if (!trace || !span?.isRecording) return execute(request, principal, span);
    return trace.ended(span, () => execute(request, principal, span));
  };

  return (request) => {
    const { authorization, host, accept } = request.headers;
    const toErrorResult = (error: unknown): GraphqlHttpResponse => {
      if (!(error instanceof GatewayError)) throw error;
      return gatewayErrorResponse(error, responseType(accept));
    };
    let known: Work | undefined;
    const work = (): Work => {
      known ??= readWork(request.method, request.body);
      return known;
    };
    /** Mutations are exempt: they have taken effect, their response is small, and the client must learn the outcome. */
    const limited = (result: GraphqlHttpResponse): GraphqlHttpResponse => {
      const { raw, response } = request;
      const problem =
        responseLimit(result.body) ?? unread.hold(result.body, () => readAddress(raw), response);
      return problem && work() !== 'mutation' ? toErrorResult(problem) : result;
    };
    try {
      const principal = admission.admit({
        authorization,
        host,
        address: () => readAddress(request.raw),
        requestId: request.id,
        work,
      });
      return principal instanceof Promise
        ? principal
            .then((admitted) => run(request, admitted))
            .then(limited)
            .catch(toErrorResult)
        : whenDone(run(request, principal), limited);
    } catch (error) {
      return toErrorResult(error);
    }
  };
}

/** A signal that aborts when the response is sent or its connection closes. */
function closingOf(response: ServerResponse): AbortSignal {
  const closing = new AbortController();
  if (response.destroyed || response.req.socket.destroyed) closing.abort();
  else response.once('close', () => closing.abort());
  return closing.signal;
}

function textOf({ body }: HTTPGraphQLResponse): string {
  if (body.kind !== 'complete') throw new Error('the schema does not support incremental delivery');
  return body.string;
}

/** Chooses like Apollo: clients that accept the newer type do not recognize the older one as GraphQL. */
function responseType(accept: string | undefined): string {
  const type = accept?.includes('application/graphql-response+json') ? 'graphql-response+json' : 'json';
  return `application/${type}; charset=utf-8`;
}

function whenDone<T>(value: T | Promise<T>, change: (value: T) => T): T | Promise<T> {
  return value instanceof Promise ? value.then(change) : change(value);
}

/** Replaces the operation reference in the request with the text from the manifest. */
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

/** Checks the JSON in a query string. @throws Error with `statusCode` 400 if nested too deeply */
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

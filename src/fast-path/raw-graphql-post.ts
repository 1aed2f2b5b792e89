import type { IncomingMessage, ServerResponse } from 'node:http';
import { maxBodyBytes } from '../graphql/execution/limits.js';
import { contain, type FaultReporter } from '../lib/contain.js';
import type { OriginPolicy } from '../server/access/origin-policy.js';
import { prefersEvents } from '../server/event-streams/mount.js';
import type { FastPath } from '../server/fast-path-port.js';
import { toErrorResponse } from '../server/http/error-response.js';
import type { GraphqlHandler, GraphqlHttpResponse } from '../server/http/graphql-handler.js';
import { apiHeaders, corsHeaders } from '../server/http/headers.js';
import { parseJsonBody } from '../server/http/json-body.js';
import { plainJson } from '../server/http/media-types.js';
import { readRequestId } from '../server/http/request-id.js';
import type { ServerObserver } from '../server/observer.js';
import type { SwapLog } from '../swap/ports.js';

export interface RawGraphqlPostOptions {
  origins: OriginPolicy;
  observer: Pick<ServerObserver, 'responded'>;
  log: SwapLog;
  report: FaultReporter;
}

export interface RawGraphqlPost {
  intercept: FastPath['intercept'];
  mount: FastPath['mountRawPost'];
}

/**
 * Handles ordinary POSTs to `/graphql` on Node's request and response, since Fastify's hooks and routing cost more than
 * most responses. Sets the same headers. Fastify handles everything but plain JSON bodies of a known, allowed length, and all
 * requests while the server is closing.
 */
export function createRawGraphqlPost({
  origins,
  observer,
  log,
  report,
}: RawGraphqlPostOptions): RawGraphqlPost {
  const fixedHeaders = Object.entries(apiHeaders);
  /** Undefined before mounting and while the server is closing. */
  let mounted: GraphqlHandler | undefined;

  const write = (
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    result: GraphqlHttpResponse,
  ): void => {
    if (response.destroyed) return;
    const { origin, host } = request.headers;
    if (origin !== undefined) origins.accepts(origin, host);
    const headers = corsHeaders(origin, origins);
    for (const [name, value] of fixedHeaders) if (!(name in result.headers)) headers.push(name, value);
    headers.push('x-request-id', id, 'content-length', String(Buffer.byteLength(result.body)));
    for (const name in result.headers) headers.push(name, result.headers[name] as string);
    response.writeHead(result.status, headers);
    response.end(result.body);
    observer.responded('/graphql', result.status);
  };

  const handle = (
    handler: GraphqlHandler,
    request: IncomingMessage,
    response: ServerResponse,
    text: string,
  ): void => {
    const id = readRequestId(request.headers);
    const fail = (error: unknown): void => write(request, response, id, toErrorResponse(error, id, log));
    // If a response cannot be written, the client cannot be notified either.
    const writeWhenDone = (result: Promise<GraphqlHttpResponse>): Promise<void> =>
      result.then((value) => write(request, response, id, value)).catch(fail);
    try {
      const result = handler({
        id,
        method: 'POST',
        url: '/graphql',
        headers: request.headers,
        body: parseJsonBody(text),
        raw: request,
        response,
      });
      if (result instanceof Promise)
        contain(
          report,
          'request',
          () => writeWhenDone(result),
          () => response.destroy(),
        );
      else write(request, response, id, result);
    } catch (error) {
      fail(error);
    }
  };

  return {
    mount(server, handler) {
      mounted = handler;
      server.addHook('preClose', async () => {
        mounted = undefined;
      });
    },
    intercept(request, response) {
      const handler = mounted;
      if (!handler || !isPlainPost(request)) return false;
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (part: string) => {
        text += part;
      });
      request.on('error', ignore);
      request.on('end', () => {
        contain(
          report,
          'request',
          () => {
            const body = text;
            // Released here, since the listeners are retained until the response is sent.
            text = '';
            handle(handler, request, response, body);
          },
          () => response.destroy(),
        );
      });
      return true;
    },
  };
}

function ignore(): void {}

function isPlainPost({ method, url, headers }: IncomingMessage): boolean {
  if (prefersEvents(headers.accept)) return false;
  if (method !== 'POST' || url !== '/graphql' || !plainJson.test(headers['content-type'] ?? '')) return false;
  const length = Number(headers['content-length']);
  return length > 0 && length <= maxBodyBytes && headers['content-encoding'] === undefined;
}

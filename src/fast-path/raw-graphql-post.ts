import type { IncomingMessage, ServerResponse } from 'node:http';
import { maxBodyBytes } from '../graphql/execution/limits.js';
import { contain, type FaultReporter } from '../lib/contain.js';
import { toErrorResponse } from '../server/http/error-response.js';
import type { GraphqlHandler, GraphqlHttpResponse } from '../server/http/graphql-handler.js';
import { apiHeaders, corsHeaders } from '../server/http/headers.js';
import type { HttpServer } from '../server/http/http-server.js';
import { parseJsonBody } from '../server/http/json-body.js';
import { plainJson } from '../server/http/media-types.js';
import { readRequestId } from '../server/http/request-id.js';
import type { ServerObserver } from '../server/observer.js';

export interface LeanPostOptions {
  allowedOrigins: readonly string[];
  observer: Pick<ServerObserver, 'answered'>;
  report: FaultReporter;
}

/**
 * Takes ordinary posts to `/graphql` before Fastify does, whose way through hooks and routes costs more than most answers.
 * The headers are the same; whatever is not a plain JSON body of a known and allowed length is left to Fastify, and so is
 * everything when the server is closing.
 */
export function mountLeanPost(
  server: HttpServer,
  answer: GraphqlHandler,
  { allowedOrigins, observer, report }: LeanPostOptions,
): void {
  let isClosing = false;
  server.addHook('preClose', async () => {
    isClosing = true;
  });
  const fixedHeaders = Object.entries(apiHeaders);

  const write = (
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    result: GraphqlHttpResponse,
  ) => {
    if (response.destroyed) return;
    const headers = corsHeaders(request.headers.origin, allowedOrigins);
    for (const [name, value] of fixedHeaders) if (!(name in result.headers)) headers.push(name, value);
    headers.push('x-request-id', id, 'content-length', String(Buffer.byteLength(result.body)));
    for (const name in result.headers) headers.push(name, result.headers[name] as string);
    response.writeHead(result.status, headers);
    response.end(result.body);
    observer.answered('/graphql', result.status);
  };

  const take = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    const id = readRequestId(request.headers);
    const cutOff = (): void => void response.destroy();
    const fail = (error: unknown): void =>
      write(request, response, id, toErrorResponse(error, id, server.log));
    // If a response cannot be written, the client cannot be notified either.
    const settle = (result: Promise<GraphqlHttpResponse>): Promise<void> =>
      result.then((settled) => write(request, response, id, settled)).catch(fail);
    try {
      const result = answer({
        id,
        method: 'POST',
        url: '/graphql',
        headers: request.headers,
        body: parseJsonBody(text),
        raw: request,
        response,
      });
      if (result instanceof Promise) contain(report, 'request', () => settle(result), cutOff);
      else write(request, response, id, result);
    } catch (error) {
      fail(error);
    }
  };

  const [others] = server.server.listeners('request') as [typeof server.routing];
  server.server.removeAllListeners('request');
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    if (isClosing || !isPlainPost(request)) {
      others(request, response);
      return;
    }
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
          // The listeners stay while the response is pending.
          text = '';
          take(request, response, body);
        },
        () => response.destroy(),
      );
    });
  };
  server.server.on('request', (request, response) => {
    // The connection broke; the operation continues, and its result is dropped.
    response.on('error', ignore);
    contain(
      report,
      'request',
      () => receive(request, response),
      () => response.destroy(),
    );
  });
}

function ignore(): void {}

function isPlainPost({ method, url, headers }: IncomingMessage): boolean {
  if (method !== 'POST' || url !== '/graphql' || !plainJson.test(headers['content-type'] ?? '')) return false;
  const length = Number(headers['content-length']);
  return length > 0 && length <= maxBodyBytes && headers['content-encoding'] === undefined;
}

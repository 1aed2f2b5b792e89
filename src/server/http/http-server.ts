import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import cors from '@fastify/cors';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { errorBody } from '../../graphql/execution/format-error.js';
import { maxBodyBytes } from '../../graphql/execution/limits.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import type { OriginPolicy } from '../access/origin-policy.js';
import { answerOptions, rejectOtherMethods } from './allowed-methods.js';
import { findAmbiguity, rejectAmbiguity } from './ambiguous-request.js';
import { toErrorResponse } from './error-response.js';
import { addApiHeaders, apiHeaders, exposedHeaders } from './headers.js';
import { checkNesting } from './json-body.js';
import { readRequestId } from './request-id.js';

export type HttpServer = FastifyInstance;

export interface HttpServerOptions {
  log: Logger;
  /** Which pages may call the gateway, in addition to its own. Undefined: none. */
  origins: OriginPolicy | undefined;
  /** Proxies whose `X-Forwarded-*` headers are trusted. */
  trustedProxies: readonly string[];
  report: FaultReporter;
  /** Called with every request before anything reveals which routes exist. @throws GatewayError to reject the request */
  authorize?: (request: FastifyRequest) => void;
  /** Called with every request before Fastify. @returns whether it handles the request, bypassing Fastify and its hooks */
  intercept?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** Creates the server without routes. Bodies are limited to 64 KiB; errors are JSON without internal details. */
export async function createHttpServer({
  log,
  origins,
  trustedProxies,
  report,
  authorize,
  intercept,
}: HttpServerOptions): Promise<HttpServer> {
  const server = fastify({
    loggerInstance: log,
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    // Avoids loading Ajv and fast-json-stringify: no route has a JSON schema, input is validated by zod.
    schemaController: { compilersFactory: { buildValidator: rejectSchema, buildSerializer: rejectSchema } },
    serverFactory: (handle, options) =>
      createNodeServer(handle, options as unknown as NodeOptions, report, intercept),
    forceCloseConnections: 'idle',
    // Never reached: Fastify would respond to longer parameters itself, before the hooks that check access.
    routerOptions: { maxParamLength: maxBodyBytes },
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // Routes log one line per request where useful; Fastify's two lines per request would dominate the log.
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger per request would cost more than handling it. Log lines include the request id explicitly.
    childLoggerFactory: (logger) => logger,
    // A URL that cannot be decoded. Fastify's own response would repeat it, without the headers of all others.
    frameworkErrors: (_error, _request, reply) => rejectUrl(reply as unknown as FastifyReply),
    genReqId: ({ headers }) => readRequestId(headers),
  }) as unknown as HttpServer;
  if (authorize) server.addHook('onRequest', async (request) => authorize(request));
  answerOptions(server);
  if (origins) await allowOrigins(server, origins);
  addApiHeaders(server);
  rejectOtherMethods(server);
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    try {
      checkNesting(text, 'The body');
    } catch (error) {
      done(error as Error);
      return;
    }
    void parseJson(request, text, done);
  });
  server.setErrorHandler((error, request, reply) => {
    const { status, headers, body } = toErrorResponse(error, request.id, log);
    return reply.status(status).headers(headers).send(body);
  });
  server.setNotFoundHandler((_request, reply) => reply.status(404).send(errorBody(nothingHere)));
  return server;
}

async function allowOrigins(server: HttpServer, { allows, accepts }: OriginPolicy): Promise<void> {
  server.addHook('onRequest', async ({ headers: { origin, host } }) => {
    // Logs a refusal. The browser keeps the response from the page.
    if (origin !== undefined) accepts(origin, host);
  });
  await server.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && allows(origin) ? origin : []),
    exposedHeaders,
    maxAge: 600,
  });
}

/** For a wrong path, and for one that must not be told from a wrong one. */
const nothingHere = { code: 'BAD_REQUEST', message: 'There is nothing here. GraphQL is at /graphql.' };

/** Options that Fastify applies to servers it creates itself. */
type NodeOptions = Pick<Server, 'keepAliveTimeout' | 'requestTimeout'> & { connectionTimeout: number };

/**
 * Wraps Fastify's listener: contains faults, rejects ambiguous requests, and lets `intercept` handle requests. Code that must see all requests to `/graphql`
 * belongs here or in the GraphQL handler, since Fastify's hooks do not see intercepted requests.
 */
function createNodeServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  options: NodeOptions,
  report: FaultReporter,
  intercept: HttpServerOptions['intercept'],
): Server {
  // Connections that send no request are closed after 10 to 15 s, so that idle ones cannot exhaust the process.
  const server = createServer(
    { headersTimeout: 10_000, connectionsCheckingInterval: 5000 },
    (request, response) => {
      // The connection failed; the operation continues, and its result is dropped.
      response.on('error', ignore);
      contain(
        report,
        'request',
        () => {
          const ambiguity = findAmbiguity(request);
          if (ambiguity !== undefined) rejectAmbiguity(response, ambiguity);
          else if (!intercept?.(request, response)) handle(request, response);
        },
        () => response.destroy(),
      );
    },
  );
  server.keepAliveTimeout = options.keepAliveTimeout;
  server.requestTimeout = options.requestTimeout;
  server.setTimeout(options.connectionTimeout);
  return server;
}

function rejectUrl(reply: FastifyReply): void {
  const body = errorBody({ code: 'BAD_REQUEST', message: 'The URL is malformed.' });
  void reply.status(400).headers(apiHeaders).send(body);
}

function ignore(): void {}

function rejectSchema(): never {
  throw new Error('JSON schemas are not supported; validate with zod');
}

/** The URL at which a server that listens is reached on this machine, such as `http://127.0.0.1:4000`. */
export function addressOf(server: HttpServer): string {
  const { address, family, port } = server.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

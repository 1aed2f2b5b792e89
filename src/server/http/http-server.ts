import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import cors from '@fastify/cors';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { maxBodyBytes } from '../../graphql/execution/limits.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { toErrorResponse } from './error-response.js';
import { addApiHeaders, exposedHeaders } from './headers.js';
import { checkNesting } from './json-body.js';
import { readRequestId } from './request-id.js';

export type HttpServer = FastifyInstance;

export interface HttpServerOptions {
  log: Logger;
  /** Beside the gateway's own: pages of these origins may call it. */
  allowedOrigins: readonly string[];
  /** Whose `X-Forwarded-*` headers are believed. */
  trustedProxies: readonly string[];
  report: FaultReporter;
  /** Sees every request before Fastify. @returns whether it handles the request; Fastify and its hooks do not see it then */
  intercept?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** The server without routes. Bodies are limited to 64 KiB; errors are answered as JSON and tell nothing of the inside. */
export async function createHttpServer({
  log,
  allowedOrigins,
  trustedProxies,
  report,
  intercept,
}: HttpServerOptions): Promise<HttpServer> {
  const server = fastify({
    loggerInstance: log,
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    // No route has a JSON schema, input is checked by zod: so Ajv and its like need not be loaded.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    serverFactory: (handle, options) =>
      createNodeServer(handle, options as unknown as NodeOptions, report, intercept),
    forceCloseConnections: 'idle',
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // One line a request is written by the routes that matter; two for each would be most of the log.
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all: a child for each request would cost more than answering it. Lines name the request themselves.
    childLoggerFactory: (logger) => logger,
    genReqId: ({ headers }) => readRequestId(headers),
  }) as unknown as HttpServer;
  await server.register(cors, {
    origin: [...allowedOrigins],
    exposedHeaders,
    maxAge: 600,
  });
  addApiHeaders(server);
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
  server.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({ errors: [{ message: 'Not found.' }] }),
  );
  return server;
}

/** Options that Fastify sets on a server that it creates itself. */
type NodeOptions = Pick<Server, 'keepAliveTimeout' | 'requestTimeout'> & { connectionTimeout: number };

/**
 * The listener around Fastify's: contains faults, and lets `intercept` take requests. Everything that must see all requests
 * to `/graphql` belongs here or into the endpoint; Fastify's hooks see those that are not intercepted.
 */
function createNodeServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  options: NodeOptions,
  report: FaultReporter,
  intercept: HttpServerOptions['intercept'],
): Server {
  // A connection that sends no request is let go after 10 to 15 s, so that silent ones cannot fill the process.
  const server = createServer(
    { headersTimeout: 10_000, connectionsCheckingInterval: 5000 },
    (request, response) => {
      // The connection broke; the operation continues, and its result is dropped.
      response.on('error', ignore);
      contain(
        report,
        'request',
        () => {
          if (!intercept?.(request, response)) handle(request, response);
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

function ignore(): void {}

function refuseSchema(): never {
  throw new Error('routes have no JSON schemas here');
}

import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { presentRefusal } from '../graphql/error-presenter.js';
import { maxBodyBytes } from '../graphql/operation-limits.js';
import { SwapError } from '../swap/swap-error.js';
import { httpStatusOf, refusalHeaders } from './refusal.js';
import { addApiHeaders } from './security-headers.js';

export type HttpServer = FastifyInstance;

export interface HttpServerOptions {
  log: Logger;
  /** Beside the gateway's own: pages of these origins may call it. */
  allowedOrigins: readonly string[];
  /** Whose `X-Forwarded-*` headers are believed. */
  trustedProxies: readonly string[];
}

/** Request ids of proxies are taken over, if they are harmless in a log line. */
const requestIdForm = /^[\w.:-]{1,64}$/;

/** The server without routes. Bodies are limited to 64 KiB; errors are answered as JSON and tell nothing of the inside. */
export async function createHttpServer({
  log,
  allowedOrigins,
  trustedProxies,
}: HttpServerOptions): Promise<HttpServer> {
  const server = fastify({
    loggerInstance: log,
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    // A connection that sends no request is let go after 10 to 15 s, so that silent ones cannot fill the process.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5000 },
    forceCloseConnections: 'idle',
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // One line a request is written by the routes that matter; two for each would be most of the log.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID();
    },
  }) as unknown as HttpServer;
  await server.register(cors, {
    origin: [...allowedOrigins],
    exposedHeaders: ['retry-after', 'x-request-id'],
    maxAge: 600,
  });
  addApiHeaders(server);
  server.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
    if (error instanceof SwapError)
      return reply.status(httpStatusOf(error)).headers(refusalHeaders(error)).send(presentRefusal(error));
    const statusCode = error.statusCode ?? 500;
    if (statusCode >= 500)
      request.log.error({ err: error, requestId: request.id }, 'unexpected error in a route');
    const message = statusCode >= 500 ? `Something went wrong; request id ${request.id}.` : error.message;
    const code = statusCode >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
    return reply.status(statusCode).send({ errors: [{ message, extensions: { code } }] });
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({ errors: [{ message: 'Not found.' }] }),
  );
  return server;
}

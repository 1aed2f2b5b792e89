import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayContext } from '../graphql/context.js';
import type { CompiledOperations, QueryCompiler } from '../graphql/execution/compiled-operations.js';
import type { ErrorFormatter } from '../graphql/execution/format-error.js';
import type { GraphqlHandler } from './http/graphql-handler.js';
import type { HttpServer } from './http/http-server.js';

/**
 * Makes frequent requests cheap; responses are byte-identical. Optional: without it every request goes through Fastify and
 * Apollo, and graphql-js executes it. Implemented in `src/fast-path/`, see the README there.
 */
export interface FastPath {
  /** Compiles operations that are executed repeatedly, over HTTP and for subscriptions. */
  readonly compiler: QueryCompiler;
  /** Cached execution: executes operations that Apollo has already accepted. */
  createExecution(operations: CompiledOperations, present: ErrorFormatter): CachedExecution;
  /**
   * Raw GraphQL post: called for every request before Fastify's own listener.
   * @returns whether it takes the request; false before `mountRawPost`
   */
  intercept(request: IncomingMessage, response: ServerResponse): boolean;
  /** From now on `intercept` takes ordinary posts to `/graphql`, until the server closes. */
  mountRawPost(server: HttpServer, answer: GraphqlHandler): void;
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

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CompiledOperations, QueryCompiler } from '../graphql/execution/compiled-operations.js';
import type { ErrorFormatter } from '../graphql/execution/format-error.js';
import type { CachedExecution, GraphqlHandler } from './http/graphql-handler.js';
import type { HttpServer } from './http/http-server.js';

/**
 * Makes frequent requests cheap; responses are byte-identical. Optional: without it every request goes through Fastify and
 * Apollo, and graphql-js executes it. Implemented in `src/fast-path/`, see the README there.
 */
export interface FastPath {
  /** Compiles operations that are executed repeatedly, over HTTP and for subscriptions. */
  readonly compiler: QueryCompiler;
  /** Cached execution: executes operations that Apollo has already accepted. */
  createExecution(operations: CompiledOperations, formatError: ErrorFormatter): CachedExecution;
  /**
   * Raw GraphQL post: called for every request before Fastify's own listener.
   * @returns whether it takes the request; false before `mountRawPost`
   */
  intercept(request: IncomingMessage, response: ServerResponse): boolean;
  /** From now on `intercept` takes ordinary posts to `/graphql`, until the server closes. */
  mountRawPost(server: HttpServer, answer: GraphqlHandler): void;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CompiledOperations, QueryCompiler } from '../graphql/execution/compiled-operations.js';
import type { ErrorFormatter } from '../graphql/execution/format-error.js';
import type { CachedExecution, GraphqlHandler } from './http/graphql-handler.js';
import type { HttpServer } from './http/http-server.js';

/**
 * Speeds up frequent requests; responses are byte-identical. Optional: without it, every request goes through Fastify, Apollo
 * and graphql-js. Implemented in `src/fast-path/`, see the README there.
 */
export interface FastPath {
  /** Compiles frequently executed queries and subscriptions. */
  readonly compiler: QueryCompiler;
  /** Cached execution: executes operations that Apollo has already validated. */
  createExecution(operations: CompiledOperations, formatError: ErrorFormatter): CachedExecution;
  /**
   * Raw GraphQL post: called for every request before Fastify's own listener.
   * @returns whether it handles the request; false before `mountRawPost`
   */
  intercept(request: IncomingMessage, response: ServerResponse): boolean;
  /** Makes `intercept` handle ordinary POSTs to `/graphql` until the server closes. */
  mountRawPost(server: HttpServer, handler: GraphqlHandler): void;
}

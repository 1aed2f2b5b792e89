import type { FaultReporter } from '../swap/contain.js';
import type { SwapLog } from '../swap/ports.js';
import type { FastPath } from '../transport/fast-path-port.js';
import type { TransportObserver } from '../transport/transport-observer.js';
import { type CachedReads, createCachedExecution } from './cached-execution.js';
import { createQueryCompiler } from './query-compiler.js';
import { createRawGraphqlPost } from './raw-graphql-post.js';

export interface FastPathOptions extends CachedReads {
  allowedOrigins: readonly string[];
  observer: Pick<TransportObserver, 'answered'>;
  log: SwapLog;
  report: FaultReporter;
}

export function createFastPath(options: FastPathOptions): FastPath {
  const { intercept, mount } = createRawGraphqlPost(options);
  return {
    compiler: createQueryCompiler(options),
    createExecution: (operations, present) => createCachedExecution(operations, present, options),
    intercept,
    mountRawPost: mount,
  };
}

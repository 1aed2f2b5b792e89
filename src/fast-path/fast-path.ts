import type { FaultReporter } from '../lib/contain.js';
import type { OriginPolicy } from '../server/access/origin-policy.js';
import type { FastPath } from '../server/fast-path-port.js';
import type { ServerObserver } from '../server/observer.js';
import type { SwapLog } from '../swap/ports.js';
import { type CachedReads, createCachedExecution } from './cached-execution.js';
import { createQueryCompiler } from './query-compiler.js';
import { createRawGraphqlPost } from './raw-graphql-post.js';

export interface FastPathOptions extends CachedReads {
  origins: OriginPolicy;
  observer: Pick<ServerObserver, 'responded'>;
  log: SwapLog;
  report: FaultReporter;
}

export function createFastPath(options: FastPathOptions): FastPath {
  const { intercept, mount } = createRawGraphqlPost(options);
  return {
    compiler: createQueryCompiler(options),
    createExecution: (operations, formatError) => createCachedExecution(operations, formatError, options),
    intercept,
    mountRawPost: mount,
  };
}

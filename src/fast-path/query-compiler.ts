import type { QueryCompiler } from '../graphql/execution/compiled-operations.js';
import type { FaultReporter } from '../lib/contain.js';
import type { SwapLog } from '../swap/ports.js';
import { isCompilable } from './compilable.js';

type Compiler = typeof import('graphql-jit');

export interface QueryCompilerOptions {
  log: SwapLog;
  report: FaultReporter;
  /** Loads the library, lazily. */
  load?(): Promise<Compiler>;
  now?(): number;
}

/** Delay before loading is retried, when file descriptors may be free again or an installation complete. */
const retryMs = 60_000;

/** Compiles with graphql-jit. */
export function createQueryCompiler({
  log,
  report,
  load = () => import('graphql-jit'),
  now = Date.now,
}: QueryCompilerOptions): QueryCompiler {
  let compiler: Compiler | undefined;
  let isLoading = false;
  let hasFailed = false;
  let retryAt = 0;

  async function tryToLoad(): Promise<void> {
    isLoading = true;
    try {
      compiler = await load();
      if (hasFailed) log.info({}, 'the query compiler has been loaded');
    } catch (error) {
      retryAt = now() + retryMs;
      // Logged once: this may last until the next restart.
      if (!hasFailed)
        log.warn(
          { err: error, retryInMs: retryMs },
          'cannot load the query compiler; operations run slower without it',
        );
      hasFailed = true;
    } finally {
      isLoading = false;
    }
  }

  return {
    compile(schema, document, name) {
      if (!isCompilable(document)) return undefined;
      if (!compiler) {
        if (!isLoading && now() >= retryAt) void tryToLoad();
        return 'later';
      }
      try {
        const outcome = compiler.compileQuery(schema, document, name);
        return compiler.isCompiledQuery(outcome) ? outcome : undefined;
      } catch (error) {
        report('compiler', error);
        return undefined;
      }
    },
  };
}

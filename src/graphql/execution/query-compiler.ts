import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import type { FaultReporter } from '../../lib/contain.js';
import type { SwapLog } from '../../swap/ports.js';

type Compiler = typeof import('graphql-jit');

/** Compiles operations to functions (graphql-jit). Optional: without it, operations run interpreted. */
export interface QueryCompiler {
  /** @returns `later` while the compiler is not loaded; undefined for a document that does not compile. Never throws */
  compile(
    schema: GraphQLSchema,
    document: DocumentNode,
    name: string | undefined,
  ): CompiledQuery | 'later' | undefined;
}

export interface QueryCompilerOptions {
  log: SwapLog;
  report: FaultReporter;
  /** Loads the library, lazily. */
  load?(): Promise<Compiler>;
  now?(): number;
}

/** Delay before loading is retried: file descriptors may be free again, or an installation complete. */
const retryMs = 60_000;

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
      if (hasFailed) log.info({}, 'the query compiler is loaded now');
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

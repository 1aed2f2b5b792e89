import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, type BackendOptions, openTtlMs } from './backend.js';
import { createKeyvSwapStore } from './keyv-swap-store.js';
import { createMemoryPubSub } from './memory/pubsub.js';
import { createMemoryQueue } from './memory/queue.js';
import { openSqliteDatabase } from './sqlite/database.js';
import { requireIntactFiles } from './sqlite/intact-files.js';
import { createSqliteKeyvAdapter } from './sqlite/keyv-adapter.js';
import { createSqliteLatePolls } from './sqlite/late-polls.js';
import { createSqliteOutbox } from './sqlite/outbox.js';
import { createSqliteSwapIndex } from './sqlite/swap-index.js';
import { prepareShrinking, sweepExpired } from './sqlite/sweep.js';
import { createWriteCheck } from './sqlite/write-check.js';

export interface EmbeddedBackendOptions extends BackendOptions {
  dataDir: string;
}

const pendingTable = { namespace: 'pending' } as const;
const endedTable = { namespace: 'ended' } as const;

/** For a single process without a server: a SQLite file, and queue and pub/sub in memory. @throws Error if the directory is unusable */
export function createEmbeddedBackend({
  dataDir,
  policy,
  clock,
  log,
  report,
  failpoint,
  wrapSync,
  ...limits
}: EmbeddedBackendOptions): Backend {
  const database = openSqliteDatabase(dataDir, {
    onCommitted: () => failpoint?.('after-commit-before-sync'),
    wrapSync,
  });
  prepareShrinking(database, log);
  const queue = createMemoryQueue({ clock, log, report, ...limits });
  const pubsub = createMemoryPubSub(report);
  const closing = new AbortController();
  const { store, swapIndex, checking } = requireIntactFiles({
    database,
    store: {
      ...createKeyvSwapStore({
        pending: createSqliteKeyvAdapter(database, pendingTable),
        ended: createSqliteKeyvAdapter(database, { ...endedTable, writeOnce: true }),
        clock,
        pendingTtlMs: openTtlMs(policy),
      }),
      ping: createWriteCheck(database),
    },
    swapIndex: createSqliteSwapIndex(database),
    clock,
    log,
    signal: closing.signal,
  });
  const sweeping = sweepExpired({ database, clock, log, signal: closing.signal });
  return {
    store,
    swapIndex,
    queue,
    pubsub,
    outbox: createSqliteOutbox(database),
    latePolls: createSqliteLatePolls(database),
    clock,
    isShared: false,
    settingsConflicts: () => [],
    ready: async () => undefined,
    secret: (name) => keepSecret(join(dataDir, name)),
    async close() {
      await queue.close();
      closing.abort();
      await Promise.all([sweeping, checking]);
      await pubsub.close();
      database.close();
    },
  };
}

function keepSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secret = randomBytes(32).toString('base64');
    writeFileSync(path, secret, { mode: 0o600, flag: 'wx', flush: true });
    return secret;
  }
}

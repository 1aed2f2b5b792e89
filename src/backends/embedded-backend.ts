import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, type BackendOptions, openTtlMs } from './backend.js';
import { createMemoryPubSub } from './memory/pubsub.js';
import { createMemoryQueue } from './memory/queue.js';
import { openSqliteDatabase } from './sqlite/database.js';
import { requireIntactFiles } from './sqlite/intact-files.js';
import { createSqliteLatePolls } from './sqlite/late-polls.js';
import { createSqliteOutbox } from './sqlite/outbox.js';
import { createSqliteSwapIndex } from './sqlite/swap-index.js';
import { createSqliteSwapStore } from './sqlite/swap-store.js';
import { prepareShrinking, sweepExpired } from './sqlite/sweep.js';
import { createWriteCheck } from './sqlite/write-check.js';

export interface EmbeddedBackendOptions extends BackendOptions {
  dataDir: string;
}

/**
 * A backend for a single process, without a server: swaps in a SQLite file, queue and pub/sub in memory.
 * @throws Error with a message for the operator if the directory is unusable
 */
export function createEmbeddedBackend({
  dataDir,
  slots,
  maxWaiting,
  maxWaitingPerClient,
  closeGraceMs,
  policy,
  clock,
  log,
  report,
  failpoint,
  wrapSync,
}: EmbeddedBackendOptions): Backend {
  const database = openSqliteDatabase(dataDir, {
    onCommitted: () => failpoint?.('after-commit-before-sync'),
    wrapSync,
  });
  prepareShrinking(database, log);
  const queue = createMemoryQueue({
    clock,
    log,
    report,
    slots,
    maxWaiting,
    maxWaitingPerClient,
    closeGraceMs,
  });
  const pubsub = createMemoryPubSub(report);
  const closing = new AbortController();
  const { store, checking } = requireIntactFiles({
    database,
    store: {
      ...createSqliteSwapStore(database, { clock, pendingTtlMs: openTtlMs(policy) }),
      ping: createWriteCheck(database),
    },
    clock,
    log,
    signal: closing.signal,
  });
  const sweeping = sweepExpired({ database, clock, log, signal: closing.signal });
  return {
    store,
    swapIndex: createSqliteSwapIndex(database, clock),
    queue,
    pubsub,
    outbox: createSqliteOutbox(database),
    latePolls: createSqliteLatePolls(database),
    clock,
    isShared: false,
    settingsConflicts: () => [],
    ready: async () => undefined,
    secret: (name) => readOrCreateSecret(join(dataDir, name)),
    async close() {
      await queue.close();
      closing.abort();
      await Promise.all([sweeping, checking]);
      await pubsub.close();
      database.close();
    },
  };
}

function readOrCreateSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secret = randomBytes(32).toString('base64');
    writeFileSync(path, secret, { mode: 0o600, flag: 'wx', flush: true });
    return secret;
  }
}

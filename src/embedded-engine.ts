import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, type EngineOptions, openTtlMs } from './engine.js';
import { createLocalEvents } from './events/local-events.js';
import { createLocalQueue } from './queue/local-queue.js';
import { createKeyvSwapStore } from './store/keyv-swap-store.js';
import { openSqliteDatabase, type SqliteDatabase } from './store/sqlite-database.js';
import { createSqliteKeyvAdapter, removeExpired } from './store/sqlite-keyv-adapter.js';
import { createSqliteLatePolls } from './store/sqlite-late-polls.js';
import { createSqliteLedger, removeExpiredSwaps } from './store/sqlite-ledger.js';
import { createSqliteOutbox } from './store/sqlite-outbox.js';
import type { Clock, SwapLog } from './swap/ports.js';

export interface EmbeddedEngineOptions extends EngineOptions {
  dataDir: string;
}

const pendingTable = { namespace: 'pending' } as const;
const endedTable = { namespace: 'ended' } as const;
const sweepIntervalMs = 60_000;
const sweepBatch = 1000;

/** One process, no server: a SQLite file, a queue and events in memory. @throws Error for a directory that cannot be used */
export function createEmbeddedEngine({
  dataDir,
  policy,
  clock,
  log,
  ...limits
}: EmbeddedEngineOptions): Engine {
  const database = openSqliteDatabase(dataDir);
  const store = createKeyvSwapStore({
    pending: createSqliteKeyvAdapter(database, pendingTable),
    ended: createSqliteKeyvAdapter(database, { ...endedTable, writeOnce: true }),
    clock,
    pendingTtlMs: openTtlMs(policy),
  });
  const queue = createLocalQueue({ clock, log, ...limits });
  const events = createLocalEvents();
  const closing = new AbortController();
  const sweeping = sweep(database, clock, log, closing.signal);
  return {
    store,
    ledger: createSqliteLedger(database),
    queue,
    events,
    outbox: createSqliteOutbox(database),
    latePolls: createSqliteLatePolls(database),
    isShared: false,
    ready: async () => undefined,
    secret: (name) => keepSecret(join(dataDir, name)),
    async close() {
      await queue.close();
      closing.abort();
      await sweeping;
      await events.close();
      database.close();
    },
  };
}

/** Forgets what has expired, a bounded batch at a time, so that no request waits for it. */
async function sweep(
  database: SqliteDatabase,
  clock: Clock,
  log: SwapLog,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const now = clock.now();
      const removed = [
        await removeExpired(database, pendingTable, now, sweepBatch),
        await removeExpired(database, endedTable, now, sweepBatch),
        await removeExpiredSwaps(database, now, sweepBatch),
      ];
      if (removed.includes(sweepBatch)) continue;
    } catch (error) {
      log.error({ err: error }, 'expired swaps could not be removed');
    }
    await clock.sleep(sweepIntervalMs, signal);
  }
}

function keepSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secret = randomBytes(32).toString('base64');
    writeFileSync(path, secret, { mode: 0o600, flag: 'wx' });
    return secret;
  }
}

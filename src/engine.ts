import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalEvents } from './events/local-events.js';
import { createLocalQueue } from './queue/local-queue.js';
import { createKeyvSwapStore } from './store/keyv-swap-store.js';
import { openSqliteDatabase, type SqliteDatabase } from './store/sqlite-database.js';
import { createSqliteKeyvAdapter, removeExpired } from './store/sqlite-keyv-adapter.js';
import { createSqliteLedger, removeExpiredSwaps } from './store/sqlite-ledger.js';
import type {
  Clock,
  SwapEvents,
  SwapLedger,
  SwapLog,
  SwapPolicy,
  SwapQueue,
  SwapStore,
} from './swap/ports.js';

/** What keeps and moves swaps: one set of adapters for the ports. */
export interface Engine {
  store: SwapStore;
  ledger: SwapLedger;
  queue: SwapQueue;
  events: SwapEvents;
  /** For the webhook tokens, where the operator gave none. */
  webhookSecret(): string;
  /** Ends what is under way in the queue, then closes the store. */
  close(): Promise<void>;
}

export interface EngineOptions {
  dataDir: string;
  slots: number;
  maxWaiting: number;
  maxWaitingPerClient: number;
  policy: SwapPolicy;
  clock: Clock;
  log: SwapLog;
}

const sweepIntervalMs = 60_000;
const sweepBatch = 1000;

/** One process, no server: a SQLite file, a queue and events in memory. @throws Error for a directory that cannot be used */
export function createEmbeddedEngine({ dataDir, policy, clock, log, ...limits }: EngineOptions): Engine {
  const database = openSqliteDatabase(dataDir);
  const store = createKeyvSwapStore({
    pending: createSqliteKeyvAdapter(database, { namespace: 'pending' }),
    ended: createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true }),
    clock,
    pendingTtlMs: 2 * (policy.queueDeadlineMs + policy.processingDeadlineMs) + 3_600_000,
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
    webhookSecret: () => keepSecret(join(dataDir, 'webhook-secret')),
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
        await removeExpired(database, now, sweepBatch),
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
    const secret = randomBytes(32).toString('base64url');
    writeFileSync(path, secret, { mode: 0o600, flag: 'wx' });
    return secret;
  }
}

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, type EngineOptions, openTtlMs } from './engine.js';
import { createLocalEvents } from './events/local-events.js';
import { createLocalQueue } from './queue/local-queue.js';
import { requireIntactFiles } from './store/intact-files.js';
import { createKeyvSwapStore } from './store/keyv-swap-store.js';
import { openSqliteDatabase } from './store/sqlite-database.js';
import { createSqliteKeyvAdapter } from './store/sqlite-keyv-adapter.js';
import { createSqliteLatePolls } from './store/sqlite-late-polls.js';
import { createSqliteLedger } from './store/sqlite-ledger.js';
import { createSqliteOutbox } from './store/sqlite-outbox.js';
import { prepareShrinking, sweepExpired } from './store/sqlite-sweep.js';
import { createWriteCheck } from './store/write-check.js';

export interface EmbeddedEngineOptions extends EngineOptions {
  dataDir: string;
}

const pendingTable = { namespace: 'pending' } as const;
const endedTable = { namespace: 'ended' } as const;

/** One process, no server: a SQLite file, a queue and events in memory. @throws Error for a directory that cannot be used */
export function createEmbeddedEngine({
  dataDir,
  policy,
  clock,
  log,
  report,
  checkpoint,
  wrapSync,
  ...limits
}: EmbeddedEngineOptions): Engine {
  const database = openSqliteDatabase(dataDir, {
    onCommitted: () => checkpoint?.('after-commit-before-sync'),
    wrapSync,
  });
  prepareShrinking(database, log);
  const queue = createLocalQueue({ clock, log, report, ...limits });
  const events = createLocalEvents(report);
  const closing = new AbortController();
  const { store, ledger, checking } = requireIntactFiles({
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
    ledger: createSqliteLedger(database),
    clock,
    log,
    signal: closing.signal,
  });
  const sweeping = sweepExpired({ database, clock, log, signal: closing.signal });
  return {
    store,
    ledger,
    queue,
    events,
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
      await events.close();
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

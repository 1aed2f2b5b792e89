import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { createMemoryConsents } from '../../src/backends/memory/consents.js';
import { createMemoryPubSub } from '../../src/backends/memory/pubsub.js';
import { createMemoryQueue } from '../../src/backends/memory/queue.js';
import { createSqliteConsents } from '../../src/backends/sqlite/consents.js';
import { openSqliteDatabase, type SqliteDatabase } from '../../src/backends/sqlite/database.js';
import { createDueClock, type DueClock } from '../../src/backends/sqlite/due-clock.js';
import { createSqliteKeyvAdapter } from '../../src/backends/sqlite/keyv-adapter.js';
import { createSqliteOperatorPause } from '../../src/backends/sqlite/operator-pause.js';
import { createSqliteOutbox } from '../../src/backends/sqlite/outbox.js';
import { createSqliteSchedule } from '../../src/backends/sqlite/schedule.js';
import { createSqliteSwapIndex } from '../../src/backends/sqlite/swap-index.js';
import { createSqliteSwapStore } from '../../src/backends/sqlite/swap-store.js';
import { createSqliteUsage } from '../../src/backends/sqlite/usage.js';
import { systemClock } from '../../src/lib/clock.js';
import type { SwapQueue } from '../../src/swap/ports.js';
import { captureLog } from '../../testing/capture-log.js';
import { openEmbeddedBackend } from '../../testing/embedded-backend.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { unexpected } from '../../testing/unexpected.js';
import { describeConsentLog, describeConsentOfNewSwaps } from './consent-log.contract.js';
import { describeDueTimes } from './due-times.contract.js';
import { describeKeyvAdapter, describeWriteOnceAdapter } from './keyv-adapter.contract.js';
import { describeLatePollSchedule } from './late-poll-schedule.contract.js';
import { describeQueuePauses } from './queue-pauses.contract.js';
import { describeStoredRecords } from './stored-records.contract.js';
import { describeSwapIndex } from './swap-index.contract.js';
import { describeSwapPubSub } from './swap-pubsub.contract.js';
import { describeSwapQueue } from './swap-queue.contract.js';
import { describeSwapStore, type StoreOptions } from './swap-store.contract.js';
import { describeUsage } from './usage.contract.js';
import { describeWebhookOutbox } from './webhook-outbox.contract.js';

function openDatabase(folder = temporaryFolder()): SqliteDatabase {
  const database = openSqliteDatabase(folder);
  onTestFinished(() => {
    if (database.db.isOpen) database.close();
  });
  return database;
}

const storeOn = (database: SqliteDatabase, options?: StoreOptions) =>
  createSqliteSwapStore(database, { clock: systemClock, pendingTtlMs: 60_000, ...options });

describeSwapStore('keyv on SQLite', async (options) => {
  const database = openDatabase();
  return {
    store: storeOn(database, options),
    breakStore: async () => database.close(),
    contains: async (text) =>
      ['pending', 'ended'].some((table) =>
        database.db.prepare(`SELECT 1 FROM ${table} WHERE instr(value, ?) > 0`).get(text),
      ),
  };
});

describeStoredRecords('SQLite', {
  async openRaw() {
    const database = openDatabase();
    const adapters = {
      pending: createSqliteKeyvAdapter(database, { namespace: 'pending' }),
      ended: createSqliteKeyvAdapter(database, { namespace: 'ended' }),
    };
    return {
      store: storeOn(database),
      writeRaw: async (kind, id, text) => void (await adapters[kind].set(id, text)),
      readRaw: async (kind, id) => JSON.parse(String(await adapters[kind].get(id))).value as unknown,
    };
  },
  async openFixture() {
    const folder = temporaryFolder();
    const db = new DatabaseSync(join(folder, 'gateway.sqlite'));
    db.exec(readFileSync(join(import.meta.dirname, '../../testing/database-version-1.sql'), 'utf8'));
    db.close();
    const database = openDatabase(folder);
    return {
      store: storeOn(database),
      swapIndex: createSqliteSwapIndex(database),
      outbox: createSqliteOutbox(database, createDueClock(database, systemClock)),
    };
  },
});

describeKeyvAdapter('SQLite', async () => {
  const database = openDatabase();
  return () => createSqliteKeyvAdapter(database, { namespace: 'pending' });
});

describeWriteOnceAdapter('SQLite', async () => {
  const database = openDatabase();
  return () => createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true });
});

describeSwapIndex('SQLite', async () => {
  const database = openDatabase();
  return {
    store: storeOn(database),
    swapIndex: createSqliteSwapIndex(database),
    breakIndex: async () => database.close(),
  };
});

describeUsage('SQLite', async () => {
  const folder = temporaryFolder();
  let database = openDatabase(folder);
  const parts = () => ({ usage: createSqliteUsage(database), store: storeOn(database) });
  return {
    ...parts(),
    breakUsage: async () => database.close(),
    another: async () => parts(),
    async restart() {
      database.close();
      database = openDatabase(folder);
      return parts();
    },
  };
});

const openWithDueClock = (): [SqliteDatabase, DueClock] => {
  const database = openDatabase();
  return [database, createDueClock(database, systemClock)];
};

describeWebhookOutbox('SQLite', async () => createSqliteOutbox(...openWithDueClock()));

for (const table of ['late_polls', 'archive_jobs'] as const)
  describeLatePollSchedule(`SQLite for ${table}`, async () => {
    const [database, dueClock] = openWithDueClock();
    return createSqliteSchedule(database, table, dueClock);
  });

describeDueTimes('the embedded backend', async () => {
  let dataDir = temporaryFolder();
  return {
    async start(clockMs = 0) {
      let errorMs = clockMs;
      const clock = { ...systemClock, now: () => Date.now() + errorMs };
      const backend = openEmbeddedBackend({ dataDir, clock });
      return {
        ...backend,
        setClock(ms) {
          errorMs = ms;
        },
        async kill() {
          // What a killed process leaves is what it has written so far.
          const left = temporaryFolder();
          cpSync(dataDir, left, { recursive: true });
          await backend.close();
          dataDir = left;
        },
      };
    },
  };
});

const openConsents = async () => {
  const database = openDatabase();
  const clock = createManualClock(Date.now());
  const consents = createSqliteConsents(database, clock);
  return { consents, store: storeOn(database), pass: (ms: number) => clock.advance(ms) };
};
describeConsentLog('SQLite', openConsents);
describeConsentOfNewSwaps('SQLite', openConsents);

describeConsentLog('memory', async () => {
  const clock = createManualClock(Date.now());
  return { consents: createMemoryConsents(clock), pass: (ms) => clock.advance(ms) };
});

describeSwapPubSub('the in-memory pub/sub', async () => {
  const events = createMemoryPubSub(unexpected);
  return { here: events, there: events };
});

describeSwapQueue('the in-memory queue', async (limits) => {
  const clock = createManualClock();
  const queue = createMemoryQueue({ clock, log: captureLog().log, report: unexpected, ...limits });
  onTestFinished(async () => {
    await Promise.all([queue.close(), clock.advance(10_000)]);
  });
  return { queue, now: clock.now, pass: clock.advance };
});

describeQueuePauses('the in-memory queue', async (limits) => {
  const clock = createManualClock();
  const logs = captureLog();
  const database = openDatabase();
  const queues: SwapQueue[] = [];
  const open = (log = logs.log) => {
    const operatorPause = createSqliteOperatorPause(database);
    const queue = createMemoryQueue({ clock, log, report: unexpected, operatorPause, ...limits });
    queues.push(queue);
    return queue;
  };
  onTestFinished(async () => {
    await Promise.all([...queues.map((queue) => queue.close()), clock.advance(10_000)]);
  });
  return {
    queue: open(),
    now: clock.now,
    pass: clock.advance,
    logs,
    reopen: async () => open(captureLog().log),
  };
});

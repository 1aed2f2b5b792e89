import { onTestFinished } from 'vitest';
import { createLocalEvents } from '../../src/events/local-events.js';
import { createLocalQueue } from '../../src/queue/local-queue.js';
import { createKeyvSwapStore } from '../../src/store/keyv-swap-store.js';
import { openSqliteDatabase, type SqliteDatabase } from '../../src/store/sqlite-database.js';
import { createSqliteKeyvAdapter } from '../../src/store/sqlite-keyv-adapter.js';
import { createSqliteLatePolls } from '../../src/store/sqlite-late-polls.js';
import { createSqliteLedger } from '../../src/store/sqlite-ledger.js';
import { createSqliteOutbox } from '../../src/store/sqlite-outbox.js';
import { systemClock } from '../../src/system-clock.js';
import { captureLog } from '../support/capture-log.js';
import { createManualClock } from '../support/manual-clock.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeCallbackOutbox } from './callback-outbox.contract.js';
import { describeLatePollSchedule } from './late-poll-schedule.contract.js';
import { describeSwapEvents } from './swap-events.contract.js';
import { describeSwapLedger } from './swap-ledger.contract.js';
import { describeSwapQueue } from './swap-queue.contract.js';
import { describeSwapStore } from './swap-store.contract.js';

function openDatabase(): SqliteDatabase {
  const database = openSqliteDatabase(temporaryFolder());
  onTestFinished(() => {
    if (database.db.isOpen) database.close();
  });
  return database;
}

describeSwapStore('keyv on SQLite', async () => {
  const database = openDatabase();
  const store = createKeyvSwapStore({
    pending: createSqliteKeyvAdapter(database, { namespace: 'pending' }),
    ended: createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true }),
    clock: systemClock,
    pendingTtlMs: 60_000,
  });
  return { store, breakStore: async () => database.close() };
});

describeSwapLedger('SQLite', async () => {
  const database = openDatabase();
  return { ledger: createSqliteLedger(database), breakLedger: async () => database.close() };
});

describeCallbackOutbox('SQLite', async () => createSqliteOutbox(openDatabase()));

describeLatePollSchedule('SQLite', async () => createSqliteLatePolls(openDatabase()));

describeSwapEvents('the local bus', async () => {
  const events = createLocalEvents();
  return { here: events, there: events };
});

describeSwapQueue('the local queue', async (limits) => {
  const clock = createManualClock();
  const queue = createLocalQueue({ clock, log: captureLog().log, ...limits });
  onTestFinished(async () => {
    await Promise.all([queue.close(), clock.advance(10_000)]);
  });
  return { queue, now: clock.now, pass: clock.advance };
});

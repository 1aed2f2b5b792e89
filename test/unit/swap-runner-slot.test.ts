import { expect, onTestFinished, test } from 'vitest';
import { createLocalEvents } from '../../src/events/local-events.js';
import { createKeyvSwapStore } from '../../src/store/keyv-swap-store.js';
import { openSqliteDatabase } from '../../src/store/sqlite-database.js';
import { createSqliteKeyvAdapter } from '../../src/store/sqlite-keyv-adapter.js';
import { createSqliteLedger } from '../../src/store/sqlite-ledger.js';
import { createSqliteOutbox } from '../../src/store/sqlite-outbox.js';
import type { FaceSwapProvider, SwapStore } from '../../src/swap/ports.js';
import { queuedSwap } from '../../src/swap/swap.js';
import { createSwapJournal } from '../../src/swap/swap-journal.js';
import { createSwapRunner } from '../../src/swap/swap-runner.js';
import { captureLog } from '../support/capture-log.js';
import { createManualClock } from '../support/manual-clock.js';
import { images } from '../support/swap-client.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { unexpected } from '../support/unexpected.js';

/** A queued swap, a runner, and a ModelsLab that takes everything at once. */
async function setUp(wrap: (store: SwapStore) => SwapStore = (store) => store) {
  const clock = createManualClock();
  const database = openSqliteDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  const store = wrap(
    createKeyvSwapStore({
      pending: createSqliteKeyvAdapter(database, { namespace: 'pending' }),
      ended: createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true }),
      clock,
      pendingTtlMs: 10 ** 9,
    }),
  );
  const policy = {
    queueDeadlineMs: 900_000,
    processingDeadlineMs: 600_000,
    pollIntervalMs: 2000,
    maxPollIntervalMs: 30_000,
    resultTtlMs: 10 ** 9,
  };
  let submissions = 0;
  const provider: FaceSwapProvider = {
    async submit() {
      submissions += 1;
      return {
        kind: 'succeeded',
        modelsLabId: '1',
        result: { output: ['https://x.example/1.jpg'], proxyLinks: [] },
      };
    },
    fetch: async () => ({ kind: 'processing' }),
    isAvailable: () => true,
    close: async () => undefined,
  };
  const shared = {
    store,
    ledger: createSqliteLedger(database),
    events: createLocalEvents(unexpected),
    clock,
    policy,
    log: captureLog().log,
    checkpoint: () => undefined,
  };
  const journal = createSwapJournal({
    ...shared,
    outbox: createSqliteOutbox(database),
  });
  const runner = createSwapRunner({ ...shared, journal, provider, webhookUrl: () => '' });
  const swap = queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, clock.now());
  await store.save(swap);
  const abort = new AbortController();
  return {
    clock,
    abort,
    run: (holdsSlot: () => Promise<boolean>) => runner.run(swap.id, abort.signal, holdsSlot),
    read: () => store.get(swap.id),
    submissions: () => submissions,
  };
}

test('a run that has lost its slot submits nothing, and leaves the mark for whoever has it', async () => {
  const { run, read, submissions } = await setUp();
  expect(await run(async () => false)).toEqual({ kind: 'left' });
  expect(submissions()).toBe(0);
  expect(await read()).toMatchObject({ status: 'QUEUED', submittingSince: expect.any(Number) });
});

test('asks for its slot after the mark is durable, and until it gets an answer', async () => {
  const { clock, run, read, submissions } = await setUp();
  const marks: unknown[] = [];
  const running = run(async () => {
    marks.push(await read());
    if (marks.length < 3) throw new Error('Redis is away');
    return true;
  });
  await clock.advance(5000);
  expect(await running).toEqual({ kind: 'ended' });
  expect(marks).toEqual(marks.map(() => expect.objectContaining({ submittingSince: expect.any(Number) })));
  expect(submissions()).toBe(1);
});

test('a mark that seems to have failed, but was written, does not pass for a submission', async () => {
  let failures = 2;
  const { clock, run, read, submissions } = await setUp((store) => ({
    ...store,
    async save(swap) {
      await store.save(swap);
      if (swap.status === 'QUEUED' && swap.submittingSince !== undefined && failures-- > 0)
        throw new Error('no answer within a second');
    },
  }));
  const running = run(async () => true);
  await clock.advance(5000);
  expect(await running).toEqual({ kind: 'ended' });
  expect(submissions()).toBe(1);
  expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
});

import { expect, onTestFinished, test } from 'vitest';
import { createLocalEvents } from '../../src/events/local-events.js';
import { createKeyvSwapStore } from '../../src/store/keyv-swap-store.js';
import { openSqliteDatabase } from '../../src/store/sqlite-database.js';
import { createSqliteKeyvAdapter } from '../../src/store/sqlite-keyv-adapter.js';
import { createSqliteLedger } from '../../src/store/sqlite-ledger.js';
import type { FaceSwapProvider, FetchOutcome, SubmitOutcome } from '../../src/swap/ports.js';
import { queuedSwap } from '../../src/swap/swap.js';
import { createSwapJournal } from '../../src/swap/swap-journal.js';
import { createSwapRunner } from '../../src/swap/swap-runner.js';
import { captureLog } from '../support/capture-log.js';
import { createManualClock, settle } from '../support/manual-clock.js';
import { images } from '../support/swap-client.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { unexpected } from '../support/unexpected.js';

const minuteMs = 60_000;
const policy = {
  queueDeadlineMs: 15 * minuteMs,
  processingDeadlineMs: 10 * minuteMs,
  pollIntervalMs: 2000,
  maxPollIntervalMs: 30_000,
  resultTtlMs: 7 * 24 * 60 * minuteMs,
};

/** The real runner and store; time and ModelsLab are the test's. Times in `polls` are milliseconds after the start. */
async function setUp(submitted: SubmitOutcome, fetched: (atMs: number) => FetchOutcome) {
  const clock = createManualClock(Date.now());
  const database = openSqliteDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  const store = createKeyvSwapStore({
    pending: createSqliteKeyvAdapter(database, { namespace: 'pending' }),
    ended: createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true }),
    clock,
    pendingTtlMs: 60 * minuteMs,
  });
  const ledger = createSqliteLedger(database);
  const events = createLocalEvents(unexpected);
  const { log } = captureLog();
  const checkpoint = () => undefined;
  const startedAt = clock.now();
  const polls: number[] = [];
  let submissions = 0;
  const provider: FaceSwapProvider = {
    async submit() {
      submissions += 1;
      return submitted;
    },
    async fetch() {
      polls.push(clock.now() - startedAt);
      return fetched(clock.now() - startedAt);
    },
    isAvailable: () => true,
    close: async () => undefined,
  };
  const outbox = { add: async () => undefined };
  const journal = createSwapJournal({
    store,
    ledger,
    events,
    clock,
    policy,
    log,
    checkpoint,
    outbox,
  });
  const runner = createSwapRunner({
    store,
    ledger,
    events,
    journal,
    provider,
    clock,
    policy,
    log,
    checkpoint,
    webhookUrl: () => '',
  });
  const swap = queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, startedAt);
  await store.save(swap);
  await ledger.accept({ id: swap.id, client: 'ann', createdAt: startedAt, fingerprint: '' });
  const abort = new AbortController();
  const run = () => runner.run(swap.id, abort.signal, async () => true);
  const link = (modelsLabId: string) => ledger.link(swap.id, modelsLabId);
  return { link, clock, polls, run, abort, read: () => store.get(swap.id), submissions: () => submissions };
}

const processing: FetchOutcome = { kind: 'processing' };
const succeeded: FetchOutcome = {
  kind: 'succeeded',
  result: { output: ['https://files.example.com/1.jpg'], proxyLinks: [] },
};

test('asks first at the estimated time, then at intervals that grow to thirty seconds', async () => {
  const { clock, polls, run, read } = await setUp(
    { kind: 'processing', modelsLabId: '1', etaMs: 20_000 },
    (atMs) => (atMs > 170_000 ? succeeded : processing),
  );
  const verdict = run();
  await clock.advance(300_000);
  expect(await verdict).toEqual({ kind: 'ended' });
  const intervals = polls.slice(1).map((atMs, index) => atMs - (polls[index] ?? 0));
  expect(polls[0]).toBe(20_000);
  expect(intervals.slice(0, 4)).toEqual([2000, 3000, 4500, 6750]);
  expect(Math.max(...intervals)).toBe(30_000);
  expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
});

test('an estimate that is far too long keeps nobody waiting: it asks every thirty seconds meanwhile', async () => {
  const { clock, polls, run, read } = await setUp(
    { kind: 'processing', modelsLabId: '1', etaMs: 3_600_000 },
    (atMs) => (atMs > 80_000 ? succeeded : processing),
  );
  const verdict = run();
  await clock.advance(120_000);
  await verdict;
  expect(polls[0]).toBe(30_000);
  expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
});

test.each([0, 1, 7_777, 20_000, 61_234, 300_000])(
  'without any webhook a swap that is done after %i ms ends at most one interval, or the estimate, later',
  async (doneAtMs) => {
    const { clock, run, read } = await setUp({ kind: 'processing', modelsLabId: '1', etaMs: 5000 }, (atMs) =>
      atMs >= doneAtMs ? succeeded : processing,
    );
    const startedAt = clock.now();
    const verdict = run();
    await clock.advance(400_000);
    await verdict;
    const swap = await read();
    const endedAtMs = (swap && 'completedAt' in swap ? swap.completedAt : Number.NaN) - startedAt;
    expect(endedAtMs - Math.max(doneAtMs, 5000)).toBeLessThanOrEqual(30_000);
    expect(endedAtMs).toBeGreaterThanOrEqual(doneAtMs);
  },
);

test('an unknown submission whose id was told to another instance is asked for before it is given up', async () => {
  const { clock, polls, run, link, read } = await setUp({ kind: 'unknown' }, () => succeeded);
  const verdict = run();
  await clock.advance(minuteMs);
  // The news of it was lost, with the connection or the process that had to send it.
  await link('7');
  await clock.advance(10 * minuteMs);
  expect(await verdict).toEqual({ kind: 'ended' });
  expect(polls).toHaveLength(1);
  expect(await read()).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '7' });
});

test('gives up ten minutes after the estimate, not before, and asks once more', async () => {
  const { clock, polls, run, read } = await setUp(
    { kind: 'processing', modelsLabId: '1', etaMs: 60_000 },
    () => processing,
  );
  const verdict = run();
  await clock.advance(11 * minuteMs - 1);
  expect(await read()).toMatchObject({ status: 'PROCESSING' });
  await clock.advance(1);
  await verdict;
  expect(await read()).toMatchObject({ status: 'FAILED', error: { code: 'TIMED_OUT' } });
  expect(polls.at(-1)).toBe(11 * minuteMs);
});

test('three answers in a row that make no sense end the swap; fewer do not', async () => {
  const nonsense: FetchOutcome = { kind: 'unintelligible' };
  const answers = [nonsense, nonsense, processing, nonsense, nonsense, nonsense];
  const { clock, polls, run, read } = await setUp(
    { kind: 'processing', modelsLabId: '1' },
    () => answers.shift() ?? processing,
  );
  const verdict = run();
  await clock.advance(120_000);
  await verdict;
  expect(polls).toHaveLength(6);
  expect(await read()).toMatchObject({ status: 'FAILED', error: { code: 'UPSTREAM_FAILED' } });
});

test('a run that is broken off leaves the swap for the next one, which asks at once and submits nothing', async () => {
  const { clock, polls, run, abort, read, submissions } = await setUp(
    { kind: 'processing', modelsLabId: '1', etaMs: 60_000 },
    () => succeeded,
  );
  const first = run();
  await settle();
  abort.abort();
  expect(await first).toEqual({ kind: 'left' });
  expect(await read()).toMatchObject({ status: 'PROCESSING', modelsLabId: '1' });
  expect(polls).toEqual([]);
  expect(submissions()).toBe(1);
  expect(clock.sleepers()).toBe(0);
});

test('what waited longer than the queue deadline is not submitted any more', async () => {
  const { clock, run, read, submissions } = await setUp({ kind: 'unknown' }, () => processing);
  await clock.advance(15 * minuteMs);
  expect(await run()).toEqual({ kind: 'ended' });
  expect(await read()).toMatchObject({ status: 'EXPIRED' });
  expect(submissions()).toBe(0);
});

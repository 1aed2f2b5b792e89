import { expect, test } from 'vitest';
import type { SubmitOutcome } from '../../src/swap/ports.js';
import { settle } from '../../testing/manual-clock.js';
import { minuteMs, startRunner, succeeded } from '../../testing/start-runner.js';

const done: SubmitOutcome = { kind: 'succeeded', modelsLabId: '1', result: succeeded.result };

test('a run that has lost its slot submits nothing, and leaves the mark to the run that holds it', async () => {
  const { run, read, submissions } = await startRunner({ submitted: done });
  expect(await run({ isHeld: async () => false })).toEqual({ kind: 'interrupted' });
  expect(submissions()).toBe(0);
  expect(await read()).toMatchObject({ status: 'QUEUED', submittingSince: expect.any(Number) });
});

test('checks its slot after the mark is durable, and retries until the check succeeds', async () => {
  const { clock, run, read, submissions } = await startRunner({ submitted: done });
  const marks: unknown[] = [];
  const running = run({
    async isHeld() {
      marks.push(await read());
      if (marks.length < 3) throw new Error('Redis is unavailable');
      return true;
    },
  });
  await clock.advance(5000);
  expect(await running).toEqual({ kind: 'finished' });
  expect(marks).toEqual(marks.map(() => expect.objectContaining({ submittingSince: expect.any(Number) })));
  expect(submissions()).toBe(1);
});

test('a mark whose write seemed to fail does not count as a submission', async () => {
  let failures = 2;
  const { clock, run, read, submissions } = await startRunner(
    { submitted: done },
    {
      wrap: (store) => ({
        ...store,
        async save(swap) {
          await store.save(swap);
          if (swap.status === 'QUEUED' && swap.submittingSince !== undefined && failures-- > 0)
            throw new Error('no response within a second');
        },
      }),
    },
  );
  const running = run();
  await clock.advance(5000);
  expect(await running).toEqual({ kind: 'finished' });
  expect(submissions()).toBe(1);
  expect(await read()).toMatchObject({ status: 'SUCCEEDED' });
});

test('a submission with an unknown outcome releases its slot after a minute and keeps waiting', async () => {
  const { clock, run, read, slotCalls } = await startRunner({ submitted: { kind: 'unknown' } });
  const running = run();
  await clock.advance(minuteMs - 1);
  expect(slotCalls).toEqual([]);
  await clock.advance(1);
  expect(slotCalls).toEqual(['release']);
  expect(await read()).toMatchObject({ status: 'PROCESSING' });
  await clock.advance(9 * minuteMs);
  expect(await running).toEqual({ kind: 'finished' });
  expect(slotCalls).toEqual(['release']);
  expect(await read()).toMatchObject({ status: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' } });
});

test('a slot that cannot be released while the queue is unavailable is released once it is back', async () => {
  const { clock, run } = await startRunner({ submitted: { kind: 'unknown' } });
  const releases: number[] = [];
  const startedAt = clock.monotonic();
  void run({
    async release() {
      releases.push(clock.monotonic() - startedAt);
      if (releases.length < 3) throw new Error('Redis is unavailable');
    },
  });
  await clock.advance(2 * minuteMs);
  expect(releases).toEqual([60_000, 60_500, 61_000]);
  await clock.advance(10 * minuteMs);
});

test('a submission that turns out to be at ModelsLab counts again', async () => {
  const { clock, run, complete, read, slotCalls } = await startRunner({
    submitted: { kind: 'unknown' },
    fetched: () => ({ kind: 'processing' }),
  });
  const running = run();
  await clock.advance(2 * minuteMs);
  await complete({ kind: 'processing', modelsLabId: '7' });
  await settle();
  expect(slotCalls).toEqual(['release', 'reclaim']);
  await complete({ ...succeeded, modelsLabId: '7' });
  expect(await running).toEqual({ kind: 'finished' });
  expect(await read()).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '7' });
});

test('a swap that ModelsLab is known to have keeps its slot', async () => {
  const { clock, run, slotCalls } = await startRunner({
    submitted: { kind: 'processing', modelsLabId: '1' },
  });
  const running = run();
  await clock.advance(30 * minuteMs);
  await running;
  expect(slotCalls).toEqual([]);
});

test('a response that arrives after the timeout is used, although the slot was released', async () => {
  let respond: (outcome: SubmitOutcome) => void = () => undefined;
  const late = new Promise<SubmitOutcome>((resolve) => {
    respond = resolve;
  });
  const { clock, run, read } = await startRunner({ submitted: { kind: 'unknown', late } });
  const running = run();
  await clock.advance(3 * minuteMs);
  respond(done);
  await settle();
  expect(await running).toEqual({ kind: 'finished' });
  expect(await read()).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '1' });
});

test('a late response that says "processing" starts the polls', async () => {
  let respond: (outcome: SubmitOutcome) => void = () => undefined;
  const late = new Promise<SubmitOutcome>((resolve) => {
    respond = resolve;
  });
  const { clock, run, read, slotCalls } = await startRunner({
    submitted: { kind: 'unknown', late },
    fetched: () => succeeded,
  });
  const running = run();
  await clock.advance(3 * minuteMs);
  respond({ kind: 'processing', modelsLabId: '5', fetchPath: '/other/5' });
  await clock.advance(2000);
  expect(await running).toEqual({ kind: 'finished' });
  expect(await read()).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '5', fetchPath: '/other/5' });
  expect(slotCalls).toEqual(['release', 'reclaim']);
});

test('a late response that ModelsLab did not accept the swap fails it, and never submits it again', async () => {
  const late = Promise.resolve<SubmitOutcome>({ kind: 'not-accepted', retryAfterMs: 1, pauses: 'account' });
  const { run, read, submissions } = await startRunner({ submitted: { kind: 'unknown', late } });
  expect(await run()).toEqual({ kind: 'finished' });
  expect(submissions()).toBe(1);
  const swap = await read();
  expect(swap).toMatchObject({ status: 'FAILED', error: { code: 'UPSTREAM_FAILED', retryable: true } });
  expect(swap).not.toHaveProperty('lateUntil');
});

test('a run that is aborted does not wait for a late response', async () => {
  const { run, abort, clock } = await startRunner({
    submitted: { kind: 'unknown', late: new Promise(() => undefined) },
  });
  const running = run();
  await clock.advance(1000);
  abort.abort();
  expect(await running).toEqual({ kind: 'interrupted' });
});

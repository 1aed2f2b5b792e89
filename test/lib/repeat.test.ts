import { expect, onTestFinished, test } from 'vitest';
import { type RepeatOptions, repeat } from '../../src/lib/repeat.js';
import { createManualClock } from '../../testing/manual-clock.js';

function start(run: (runs: number) => Promise<number> | number, options: Partial<RepeatOptions> = {}) {
  const clock = createManualClock();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const ranAt: number[] = [];
  const errors: unknown[] = [];
  const { wake, done } = repeat(
    async () => {
      ranAt.push(clock.monotonic());
      return run(ranAt.length);
    },
    { clock, signal: stopping.signal, retryMs: 100, onError: (error) => errors.push(error), ...options },
  );
  return { clock, ranAt, errors, wake, done, stop: () => stopping.abort() };
}

test('runs at once, then after the pause that each run asks for', async () => {
  const { clock, ranAt } = start((runs) => runs * 1000);
  await clock.advance(6000);
  expect(ranAt).toEqual([0, 1000, 3000, 6000]);
});

test('waits before the first run if asked to', async () => {
  const { clock, ranAt } = start(() => 1000, { startAfterMs: 500 });
  await clock.advance(1500);
  expect(ranAt).toEqual([500, 1500]);
});

test('reports a failure and retries', async () => {
  const failure = new Error('failed');
  const { clock, ranAt, errors } = start(async (runs) => {
    if (runs === 1) throw failure;
    return 1000;
  });
  await clock.advance(100);
  expect(ranAt).toEqual([0, 100]);
  expect(errors).toEqual([failure]);
});

test('waking ends the pause', async () => {
  const { clock, ranAt, wake } = start(() => 1000);
  await clock.advance(300);
  wake();
  await clock.advance(999);
  expect(ranAt).toEqual([0, 300]);
});

test('waking during a run skips the pause after it, and runs do not overlap', async () => {
  const first = Promise.withResolvers<number>();
  const { clock, ranAt, wake } = start((runs) => (runs === 1 ? first.promise : 1000));
  wake();
  wake();
  await clock.advance(200);
  expect(ranAt).toEqual([0]);
  first.resolve(1000);
  await clock.advance(500);
  expect(ranAt).toEqual([0, 200]);
});

test('waking does not cut a retry short', async () => {
  const { clock, ranAt, wake } = start(() => Promise.reject(new Error('failed')));
  await clock.advance(50);
  wake();
  await clock.advance(49);
  expect(ranAt).toEqual([0]);
});

test('stops after the current run', async () => {
  const first = Promise.withResolvers<number>();
  const { clock, ranAt, done, stop } = start(() => first.promise);
  stop();
  let isDone = false;
  void done.then(() => {
    isDone = true;
  });
  await clock.advance(1000);
  expect(isDone).toBe(false);
  first.resolve(0);
  await done;
  expect(ranAt).toEqual([0]);
});

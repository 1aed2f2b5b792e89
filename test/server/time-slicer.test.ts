import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTimeSlicer } from '../../src/server/subscriptions/time-slicer.js';
import { unexpected } from '../../testing/unexpected.js';

/** Work that takes 3 ms on a manual clock. */
function startTurns() {
  let now = 0;
  const slicer = createTimeSlicer(unexpected, () => now);
  const done: string[] = [];
  const run = (name: string): boolean =>
    slicer.run(() => {
      now += 3;
      done.push(name);
    });
  return { run, done, slicer };
}

test('work runs immediately while the turn has time left', () => {
  const { run, done } = startTurns();
  expect(['a', 'b', 'c'].map(run)).toEqual([true, true, true]);
  expect(done).toEqual(['a', 'b', 'c']);
});

test('work beyond the time slice runs in later turns, in order', async () => {
  const { run, done } = startTurns();
  const names = Array.from({ length: 12 }, (_, index) => String(index));
  expect(names.map(run)).toEqual(names.map((_, index) => index < 3));
  expect(done).toEqual(['0', '1', '2']);
  const counts: number[] = [];
  while (done.length < names.length) {
    await nextTurn();
    counts.push(done.length);
  }
  expect(done).toEqual(names);
  // Three tasks of 3 ms each fill a turn, so others get at least three turns in between.
  expect(new Set(counts).size).toBeGreaterThanOrEqual(3);
});

test('new work does not overtake queued work, even in a new turn', async () => {
  const { run, done } = startTurns();
  for (const name of ['a', 'b', 'c', 'late']) run(name);
  await nextTurn();
  run('later');
  while (done.length < 5) await nextTurn();
  expect(done).toEqual(['a', 'b', 'c', 'late', 'later']);
});

test('microtasks count toward the time slice', async () => {
  let now = 0;
  let done = 0;
  const slicer = createTimeSlicer(unexpected, () => now);
  const leaveWork = () =>
    slicer.run(() => {
      done += 1;
      void Promise.resolve().then(() => {
        now += 20;
      });
    });
  leaveWork();
  await Promise.resolve();
  for (let count = 0; count < 4; count += 1) leaveWork();
  const counts = [done];
  while (done < 5) {
    await nextTurn();
    counts.push(done);
  }
  expect(counts).toEqual([1, 2, 3, 4, 5]);
});

test('a queue spanning many turns is completed', async () => {
  let done = 0;
  const slicer = createTimeSlicer(unexpected);
  for (let count = 0; count < 10_000; count += 1)
    slicer.run(() => {
      done += 1;
    });
  while (done < 10_000) await nextTurn();
  expect(done).toBe(10_000);
});

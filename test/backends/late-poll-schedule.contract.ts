import { describe, expect, test } from 'vitest';
import type { LatePollSchedule } from '../../src/swap/late-poll-schedule.js';

const leaseMs = 60_000;

/** What every LatePollSchedule must do. @param open returns a new, empty schedule, and closes it after the test */
export function describeLatePollSchedule(name: string, open: () => Promise<LatePollSchedule>): void {
  describe(`${name} as a LatePollSchedule`, () => {
    test('returns due entries only', async () => {
      const schedule = await open();
      await schedule.add('late', 300.4);
      await schedule.add('early', 100);
      await schedule.add('later', 900);
      expect(await schedule.nextDueAt()).toBe(100);
      expect(await schedule.take(99, leaseMs, 10)).toEqual([]);
      const due = await schedule.take(300, leaseMs, 10);
      expect(due.map(({ swapId }) => swapId).sort()).toEqual(['early', 'late']);
    });

    test('leases each poll to one of many callers until the lease expires', async () => {
      const schedule = await open();
      await schedule.add('a', 100);
      const taken = await Promise.all(Array.from({ length: 10 }, () => schedule.take(100, leaseMs, 10)));
      expect(taken.flat()).toEqual([{ swapId: 'a', attempts: 0 }]);
      expect(await schedule.take(100 + leaseMs - 1, leaseMs, 10)).toEqual([]);
      expect(await schedule.take(100 + leaseMs, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 0 }]);
    });

    test('returns at most the requested number', async () => {
      const schedule = await open();
      for (const id of ['a', 'b', 'c']) await schedule.add(id, 1);
      expect(await schedule.take(1, leaseMs, 2)).toHaveLength(2);
      expect(await schedule.take(1, leaseMs, 2)).toHaveLength(1);
    });

    test('keeps the number of polls, and does not add an existing entry again', async () => {
      const schedule = await open();
      await schedule.add('a', 1);
      await schedule.postpone('a', 2, 500);
      await schedule.add('a', 1);
      expect(await schedule.nextDueAt()).toBe(500);
      expect(await schedule.take(500, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 2 }]);
    });

    test('a removed entry stays removed, even if postponed afterwards', async () => {
      const schedule = await open();
      await schedule.add('a', 1);
      await schedule.remove('a');
      await schedule.postpone('a', 1, 2);
      expect(await schedule.nextDueAt()).toBeUndefined();
      expect(await schedule.take(1000, leaseMs, 10)).toEqual([]);
    });
  });
}

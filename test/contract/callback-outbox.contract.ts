import { describe, expect, test } from 'vitest';
import type { CallbackOutbox } from '../../src/swap/ports.js';

const leaseMs = 60_000;

/** What every CallbackOutbox must do. @param open a new, empty outbox, which it closes itself when the test is over */
export function describeCallbackOutbox(name: string, open: () => Promise<CallbackOutbox>): void {
  describe(`${name} as a CallbackOutbox`, () => {
    test('gives what is due, and nothing before its time', async () => {
      const outbox = await open();
      await outbox.add('late', 300);
      await outbox.add('early', 100);
      await outbox.add('later', 900);
      expect(await outbox.nextDueAt()).toBe(100);
      expect(await outbox.take(99, leaseMs, 10)).toEqual([]);
      const due = await outbox.take(300, leaseMs, 10);
      expect(due.map(({ swapId }) => swapId).sort()).toEqual(['early', 'late']);
    });

    test('gives each call to one taker of many, until its lease has run out', async () => {
      const outbox = await open();
      await outbox.add('a', 100);
      const taken = await Promise.all(Array.from({ length: 10 }, () => outbox.take(100, leaseMs, 10)));
      expect(taken.flat()).toEqual([{ swapId: 'a', attempts: 0 }]);
      expect(await outbox.take(100 + leaseMs - 1, leaseMs, 10)).toEqual([]);
      expect(await outbox.take(100 + leaseMs, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 0 }]);
    });

    test('gives no more than it is asked for', async () => {
      const outbox = await open();
      for (const id of ['a', 'b', 'c']) await outbox.add(id, 1);
      expect(await outbox.take(1, leaseMs, 2)).toHaveLength(2);
      expect(await outbox.take(1, leaseMs, 2)).toHaveLength(1);
    });

    test('keeps how often a call was tried, and does not add one that is there', async () => {
      const outbox = await open();
      await outbox.add('a', 1);
      await outbox.postpone('a', 2, 500);
      await outbox.add('a', 1);
      expect(await outbox.nextDueAt()).toBe(500);
      expect(await outbox.take(500, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 2 }]);
    });

    test('forgets what was removed, also when it is postponed afterwards', async () => {
      const outbox = await open();
      await outbox.add('a', 1);
      await outbox.remove('a');
      await outbox.postpone('a', 1, 2);
      expect(await outbox.nextDueAt()).toBeUndefined();
      expect(await outbox.take(1000, leaseMs, 10)).toEqual([]);
    });
  });
}

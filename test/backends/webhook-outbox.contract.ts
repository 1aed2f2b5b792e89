import { describe, expect, test } from 'vitest';
import type { WebhookOutbox } from '../../src/swap/webhook-outbox.js';

const leaseMs = 60_000;

/** What every WebhookOutbox must do. @param open returns a new, empty outbox, and closes it after the test */
export function describeWebhookOutbox(name: string, open: () => Promise<WebhookOutbox>): void {
  describe(`${name} as a WebhookOutbox`, () => {
    test('returns due entries only', async () => {
      const outbox = await open();
      await outbox.add('late', 300);
      await outbox.add('early', 100);
      await outbox.add('later', 900);
      expect(await outbox.nextDueAt()).toBe(100);
      expect(await outbox.take(99, leaseMs, 10)).toEqual([]);
      const due = await outbox.take(300, leaseMs, 10);
      expect(due.map(({ swapId }) => swapId).sort()).toEqual(['early', 'late']);
    });

    test('leases each delivery to one of many callers until the lease expires', async () => {
      const outbox = await open();
      await outbox.add('a', 100);
      const taken = await Promise.all(Array.from({ length: 10 }, () => outbox.take(100, leaseMs, 10)));
      expect(taken.flat()).toEqual([{ swapId: 'a', attempts: 0 }]);
      expect(await outbox.take(100 + leaseMs - 1, leaseMs, 10)).toEqual([]);
      expect(await outbox.take(100 + leaseMs, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 0 }]);
    });

    test('lists what waits, the next one first', async () => {
      const outbox = await open();
      await outbox.add('b', 200, { client: 'ann', host: 'hooks.example.com' });
      await outbox.add('a', 300, { client: 'a n', host: 'b.example.com:8443', type: 'swap.late_result' });
      await outbox.add('c', 100);
      await outbox.postpone({ swapId: 'b' }, 2, 250);
      expect(await outbox.list('waiting', 2)).toEqual({
        total: 3,
        deliveries: [
          { swapId: 'c', attempts: 0, at: 100 },
          { swapId: 'b', attempts: 2, at: 250, client: 'ann', host: 'hooks.example.com' },
        ],
      });
      expect((await outbox.list('waiting', 10)).deliveries[2]).toEqual({
        swapId: 'a',
        type: 'swap.late_result',
        attempts: 0,
        at: 300,
        client: 'a n',
        host: 'b.example.com:8443',
      });
      expect(await outbox.list('given-up', 10)).toEqual({ total: 0, deliveries: [] });
    });

    test('lists what was given up, the latest first, until it is added again, removed or old', async () => {
      const outbox = await open();
      const day = 86_400_000;
      const owner = { client: 'ann', host: 'hooks.example.com' };
      for (const [id, at] of [
        ['old', 1 * day],
        ['a', 5 * day],
        ['b', 6 * day],
        ['c', 7 * day],
      ] as const) {
        await outbox.add(id, at, owner);
        await outbox.giveUp({ swapId: id, attempts: 6, ...owner }, at);
      }
      expect(await outbox.nextDueAt()).toBeUndefined();
      expect(await outbox.take(100 * day, leaseMs, 10)).toEqual([]);
      const ids = async () => (await outbox.list('given-up', 10)).deliveries.map(({ swapId }) => swapId);
      expect(await ids()).toEqual(['c', 'b', 'a', 'old']);
      expect(await outbox.list('given-up', 1)).toEqual({
        total: 4,
        deliveries: [{ swapId: 'c', attempts: 6, at: 7 * day, ...owner }],
      });
      await outbox.add('b', 8 * day, { ...owner, again: true });
      expect(await ids()).toEqual(['c', 'a', 'old']);
      await outbox.remove({ swapId: 'a' });
      expect(await ids()).toEqual(['c', 'old']);
      await outbox.giveUp({ swapId: 'b', type: 'swap.late_result', attempts: 6, ...owner }, 9 * day);
      expect(await ids()).toEqual(['b', 'c']);
      await outbox.add('c', 9 * day, owner);
      expect(await ids()).toEqual(['b', 'c']);
    });

    test('returns at most the requested number', async () => {
      const outbox = await open();
      for (const id of ['a', 'b', 'c']) await outbox.add(id, 1);
      expect(await outbox.take(1, leaseMs, 2)).toHaveLength(2);
      expect(await outbox.take(1, leaseMs, 2)).toHaveLength(1);
    });

    test('keeps the number of attempts, and does not add an existing entry again', async () => {
      const outbox = await open();
      await outbox.add('a', 1);
      await outbox.postpone({ swapId: 'a' }, 2, 500);
      await outbox.add('a', 1);
      expect(await outbox.nextDueAt()).toBe(500);
      expect(await outbox.take(500, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 2 }]);
    });

    test('a removed entry stays removed, even if postponed afterwards', async () => {
      const outbox = await open();
      await outbox.add('a', 1);
      await outbox.remove({ swapId: 'a' });
      await outbox.postpone({ swapId: 'a' }, 1, 2);
      expect(await outbox.nextDueAt()).toBeUndefined();
      expect(await outbox.take(1000, leaseMs, 10)).toEqual([]);
    });

    test('returns the client of a delivery, and its host', async () => {
      const outbox = await open();
      const owner = { client: 'jwt:a b%2F', host: 'hooks.example.com:8443' };
      await outbox.add('a', 1, owner);
      expect(await outbox.take(1, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 0, ...owner }]);
    });

    test('keeps several events of a swap apart', async () => {
      const outbox = await open();
      const late = { swapId: 'a', type: 'swap.late_result' };
      await outbox.add('a', 1);
      await outbox.add('a', 2, { type: late.type });
      await outbox.add('a', 9, { type: late.type });
      await outbox.remove({ swapId: 'a' });
      expect(await outbox.nextDueAt()).toBe(2);
      expect(await outbox.take(2, leaseMs, 10)).toEqual([{ ...late, attempts: 0 }]);
      await outbox.postpone(late, 1, 5);
      await outbox.postpone({ swapId: 'a' }, 1, 5);
      expect(await outbox.take(5, leaseMs, 10)).toEqual([{ ...late, attempts: 1 }]);
      await outbox.remove(late);
      expect(await outbox.nextDueAt()).toBeUndefined();
    });

    test('returns the due time of the next entry after those already due', async () => {
      const outbox = await open();
      for (const at of [100, 200, 300]) await outbox.add(`at ${at}`.replace(' ', '-'), at);
      expect(await outbox.nextDueAt(100)).toBe(200);
      expect(await outbox.nextDueAt(250)).toBe(300);
      expect(await outbox.nextDueAt(300)).toBeUndefined();
    });

    test('alternates between clients, however many entries one of them has', async () => {
      const outbox = await open();
      for (let count = 0; count < 20; count += 1) await outbox.add(`a${count}`, count, { client: 'ada' });
      await outbox.add('b0', 50, { client: 'bob' });
      await outbox.add('b1', 51, { client: 'bob' });
      await outbox.add('c0', 52, { client: 'cyd' });
      const first = await outbox.take(100, leaseMs, 5);
      expect(first.map(({ swapId }) => swapId)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1']);
    });

    test('starts with the client whose turn it is, and wraps around', async () => {
      const outbox = await open();
      for (const client of ['ada', 'bob', 'cyd', 'dan'])
        for (const n of [0, 1]) await outbox.add(`${client}${n}`, n, { client });
      const take = async (limit: number, after?: string) =>
        (await outbox.take(100, leaseMs, limit, { perClient: 1, after })).map(({ client }) => client);
      expect(await take(2, 'bob')).toEqual(['cyd', 'dan']);
      expect(await take(9, 'dan')).toEqual(['ada', 'bob', 'cyd', 'dan']);
      expect(await take(9, 'ann')).toEqual(['bob', 'ada']);
    });

    test('gives no client more than it has room for', async () => {
      const outbox = await open();
      for (const client of ['ada', 'bob', 'cyd', '__proto__'])
        for (const n of [0, 1, 2]) await outbox.add(`${client}${n}`, n, { client });
      const room = new Map([
        ['ada', 0],
        ['bob', 1],
      ]);
      const taken = await outbox.take(100, leaseMs, 50, { perClient: 2, room });
      expect(taken.map(({ swapId }) => swapId).sort()).toEqual(
        ['__proto__0', '__proto__1', 'bob0', 'cyd0', 'cyd1'].sort(),
      );
    });

    test('reschedules a completed delivery, and moves up one that waits for a retry', async () => {
      const outbox = await open();
      const owner = { client: 'ada', host: 'hooks.example.com' };
      await outbox.add('a', 1, { ...owner, again: true });
      await outbox.postpone({ swapId: 'a' }, 4, 9000);
      await outbox.add('a', 10, { ...owner, again: true });
      await outbox.add('a', 20, { ...owner, again: true });
      expect(await outbox.take(10, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 0, ...owner }]);
      await outbox.remove({ swapId: 'a' });
      await outbox.add('a', 30, { ...owner, again: true });
      expect(await outbox.take(30, leaseMs, 10)).toHaveLength(1);
    });
  });
}

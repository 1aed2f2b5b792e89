import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRoundRobinQueue } from '../../../src/backends/memory/round-robin-queue.js';
import type { QueueEntry } from '../../../src/swap/ports.js';

/** The queue's specification, written for clarity: one list that is recomputed each time. */
function createPlainLine() {
  let waiting: QueueEntry[] = [];
  const returned: QueueEntry[] = [];
  const turns: string[] = [];
  const inOrder = (): QueueEntry[] => {
    const lines = turns.map((client) => waiting.filter((entry) => entry.client === client));
    const rounds = Math.max(0, ...lines.map(({ length }) => length));
    const inTurn = Array.from({ length: rounds }, (_, round) => lines.flatMap((line) => line[round] ?? []));
    return [...returned, ...inTurn.flat()];
  };
  const take = (id: string): void => {
    waiting = waiting.filter((entry) => entry.id !== id);
    const at = returned.findIndex((entry) => entry.id === id);
    if (at !== -1) returned.splice(at, 1);
    for (const client of [...turns])
      if (!waiting.some((entry) => entry.client === client)) turns.splice(turns.indexOf(client), 1);
  };
  return {
    inOrder,
    take,
    push(entry: QueueEntry) {
      waiting.push(entry);
      if (!turns.includes(entry.client)) turns.push(entry.client);
    },
    pushFirst(entry: QueueEntry) {
      const younger = returned.findIndex(({ expiresAt }) => expiresAt > entry.expiresAt);
      returned.splice(younger === -1 ? returned.length : younger, 0, entry);
    },
    shift() {
      const [next] = inOrder();
      if (!next) return undefined;
      const isInTurn = !returned.includes(next);
      take(next.id);
      if (isInTurn && turns.includes(next.client)) turns.push(...turns.splice(turns.indexOf(next.client), 1));
      return next;
    },
  };
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('push' as const), client: fc.constantFrom('a', 'b', 'c') }),
  },
  fc.record({ do: fc.constant('return' as const), client: fc.constantFrom('a', 'b', 'c'), age: fc.nat(5) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
  fc.record({ do: fc.constant('remove' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('expire' as const), until: fc.nat(40) }),
);

test('for any operations, order, positions, sizes and expiry match a plain list', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = createRoundRobinQueue();
      const plain = createPlainLine();
      for (const [number, one] of steps.entries()) {
        const id = `swap ${number}`;
        if (one.do === 'push') {
          const entry = { id, client: one.client, expiresAt: number };
          line.push(entry);
          plain.push(entry);
        } else if (one.do === 'return') {
          const entry = { id, client: one.client, expiresAt: one.age };
          line.pushFirst(entry);
          plain.pushFirst(entry);
        } else if (one.do === 'shift') {
          expect(line.shift()).toEqual(plain.shift());
        } else if (one.do === 'remove') {
          const wanted = `swap ${one.which}`;
          const known = plain.inOrder().find((entry) => entry.id === wanted);
          expect(line.remove(wanted)).toEqual(known);
          plain.take(wanted);
        } else {
          const expired = plain.inOrder().filter(({ expiresAt }) => expiresAt <= one.until);
          const ids = (entries: QueueEntry[]): string[] => entries.map(({ id }) => id).sort();
          expect(ids(line.removeExpired(one.until))).toEqual(ids(expired));
          for (const { id } of expired) plain.take(id);
        }
        const order = plain.inOrder();
        expect(order.map(({ id }) => line.position(id))).toEqual(order.map((_, index) => index + 1));
        expect(line.size).toBe(order.length);
        for (const client of ['a', 'b', 'c'])
          expect(line.sizeOf(client)).toBe(order.filter((entry) => entry.client === client).length);
        const times = order.map(({ expiresAt }) => expiresAt);
        expect(line.nextExpiry()).toBe(times.length > 0 ? Math.min(...times) : undefined);
      }
    }),
    { numRuns: 500 },
  );
});

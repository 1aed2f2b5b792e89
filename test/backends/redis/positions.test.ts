import { expect, test } from 'vitest';
import type { RedisConnection } from '../../../src/backends/redis/connection.js';
import { createPositionReader } from '../../../src/backends/redis/positions.js';
import { createManualClock } from '../../../testing/manual-clock.js';

/** A Redis in which `clients` clients wait, and the position of a swap is the number in its id. */
function start(clients: number) {
  const clock = createManualClock();
  const batches: string[][] = [];
  const redis = {
    async run(_script: unknown, ids: string) {
      const list = JSON.parse(ids) as string[];
      batches.push(list);
      return [clients, ...list.map(Number)];
    },
  } as unknown as RedisConnection;
  return { clock, batches, ...createPositionReader(redis, clock) };
}

test('concurrent reads share one call', async () => {
  const { read, batches } = start(10);
  expect(await Promise.all(['1', '2', '0', '2'].map(read))).toEqual([1, 2, null, 2]);
  expect(batches).toEqual([['1', '2', '0']]);
});

test('a hundred reads a second of a hundred positions take one command a second', async () => {
  const { read, batches, clock } = start(10);
  const ids = Array.from({ length: 100 }, (_, n) => String(n + 1));
  await Promise.all(ids.map(read));
  for (let second = 0; second < 3; second++) {
    for (let ms = 0; ms < 1000; ms += 100) {
      for (const id of ids.slice(ms / 10, ms / 10 + 10)) expect(await read(id)).toBe(Number(id));
      await clock.advance(100);
    }
  }
  expect(batches).toHaveLength(3);
  for (const batch of batches) expect(batch.toSorted()).toEqual(ids.toSorted());
});

test("new reads take at most a twentieth of Redis's time, however many clients wait", async () => {
  const clients = 5000;
  const { read, batches, clock } = start(clients);
  const answers: Promise<number | null>[] = [];
  for (let ms = 0; ms < 1000; ms += 10) {
    answers.push(read(String(ms + 1)));
    await clock.advance(10);
  }
  await clock.advance(1000);
  expect(await Promise.all(answers)).toEqual(answers.map((_, n) => 10 * n + 1));
  const busyMs = batches.length * clients * 0.0008;
  expect(busyMs).toBeLessThan(100);
  expect(batches.length).toBeGreaterThan(5);
});

test('a position that is no longer read is no longer computed', async () => {
  const { read, batches, clock } = start(10);
  await read('1');
  for (let second = 0; second < 3; second++) {
    await clock.advance(1000);
    await read('2');
  }
  expect(batches.map((batch) => batch.toSorted())).toEqual([['1'], ['1', '2'], ['2'], ['2']]);
});

test('a refresh recomputes everything', async () => {
  const { read, refresh, batches } = start(0);
  await read('1');
  await read('1');
  refresh();
  await read('1');
  expect(batches).toEqual([['1'], ['1']]);
});

import { Keyv } from 'keyv';
import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { createRedisKeyvAdapter } from '../../../src/backends/redis/keyv-adapter.js';
import { redisForTests } from '../../../testing/redis-server.js';

const server = redisForTests();

async function open(namespace = 'pending') {
  // Characters with a meaning in patterns.
  const redis = connectRedis({ url: server.url, prefix: `${server.newPrefix()}[a-z]*\\` });
  onTestFinished(() => redis.close());
  await redis.ready();
  const now = { aheadMs: 0 };
  const clock = { now: () => Date.now() + now.aheadMs };
  return { redis, now, adapter: createRedisKeyvAdapter(redis, { namespace, clock }) };
}

test('keyv deletes values that it considers expired, also several at a time', async () => {
  const { redis, adapter } = await open();
  const name = (key: string) => `${redis.prefix}pending:${key}`;
  for (const key of ['a', 'b'])
    await redis.client.set(name(key), JSON.stringify({ value: key, expires: Date.now() - 1 }));
  const keyv = new Keyv({ store: adapter });
  expect(await keyv.get(['a', 'b'])).toEqual([undefined, undefined]);
  await expect.poll(() => redis.client.exists([name('a'), name('b')])).toBe(0);
});

test('sets, reads, checks and deletes several at once, with one result each', async () => {
  const { adapter } = await open();
  expect(
    await adapter.setMany([
      { key: 'a', value: '1' },
      { key: 'b', value: '2', expires: Date.now() + 60_000 },
    ]),
  ).toEqual([true, true]);
  expect(await adapter.getMany(['b', 'none', 'a'])).toEqual(['2', undefined, '1']);
  expect(await adapter.hasMany(['none', 'a'])).toEqual([false, true]);
  expect(await adapter.deleteMany(['a', 'none'])).toEqual([true, false]);
  expect(await adapter.getMany([])).toEqual([]);
});

test('lists and clears all keys of the store, and no others', async () => {
  const { redis, adapter } = await open();
  const keys = Array.from({ length: 250 }, (_, n) => `k${n}`);
  await Promise.all(keys.map((key) => adapter.set(key, key)));
  const foreign = `${redis.prefix.replace('[a-z]*\\', 'axy')}pending:x`;
  await redis.client.set(foreign, 'x');
  const found: unknown[] = [];
  for await (const [key] of adapter.iterator?.() ?? []) found.push(key);
  expect(found.toSorted()).toEqual(keys.toSorted());
  await adapter.clear();
  expect(await adapter.hasMany(keys.slice(0, 2))).toEqual([false, false]);
  expect(await redis.client.exists(foreign)).toBe(1);
});

test("values expire by Redis's clock, not by that of the process", async () => {
  const { redis, now, adapter } = await open();
  now.aheadMs = 3_600_000;
  await adapter.set('a', '1', Date.now() + 60_000);
  const keptMs = await redis.client.pTTL(`${redis.prefix}pending:a`);
  expect(keptMs).toBeGreaterThan(3_600_000);
});

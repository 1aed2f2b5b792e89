import { expect, onTestFinished, test } from 'vitest';
import { connectRedis, type RedisConnection, redisScript } from '../../../src/backends/redis/connection.js';
import { createRedisSwapIndex } from '../../../src/backends/redis/swap-index.js';
import { createRedisSwapStore } from '../../../src/backends/redis/swap-store.js';
import { systemClock } from '../../../src/lib/clock.js';
import type { SwapClaims } from '../../../src/swap/ports.js';
import { type EndedStatus, type QueuedSwap, queuedSwap } from '../../../src/swap/swap.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { images } from '../../../testing/swap-client.js';

const server = redisForTests();
const ttlMs = 60_000;

const newSwap = (): QueuedSwap =>
  queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, Date.now());
const guardedBy = (value: string, replaces?: string) =>
  ({
    fingerprint: 'print',
    guard: { kind: 'key', value, ...(replaces && { replaces }) },
  }) satisfies SwapClaims;

/** The second step of versions that wrote the record first: claims and index, with its original script. */
function createOlderIndex(redis: RedisConnection) {
  const script = redisScript(`
local prefix = ARGV[1]
local open, sequence = prefix .. 'open', prefix .. 'sequence'
local function entryOf(id) return prefix .. 'entry:' .. id end
local function holderOf(claim)
  local value = redis.call('GET', prefix .. claim)
  return value and string.match(value, '^%S+'), value
end
local function longer(key, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
end
local id, client, fingerprint, ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local wanted = cjson.decode(ARGV[6])
if wanted.guard then
  local holder, value = holderOf(wanted.guard)
  if holder and holder ~= wanted.replaces then return value end
end
local seq = redis.call('INCR', sequence)
for _, claim in ipairs(wanted.claims) do
  redis.call('SET', prefix .. claim, id .. ' ' .. fingerprint, 'PX', ttl)
end
redis.call('HSET', entryOf(id), 'client', client, 'seq', seq, 'claims', cjson.encode(wanted.claims))
redis.call('PEXPIRE', entryOf(id), ttl)
redis.call('ZADD', open, seq, id .. ' ' .. client)
local own = prefix .. 'client:' .. client
redis.call('ZADD', own, seq, id)
for _, key in ipairs({ open, own, sequence }) do longer(key, ttl) end
return false`);
  return {
    accept(id: string, key: string) {
      const claim = `claim:ann:key:${key}`;
      const wanted = JSON.stringify({ guard: claim, claims: [claim] });
      return redis.run(script, id, 'ann', 'print', ttlMs, wanted);
    },
  };
}

async function openBoth() {
  const redis = connectRedis({ url: server.url, prefix: server.newPrefix() });
  onTestFinished(() => redis.close());
  await redis.ready();
  return {
    older: createOlderIndex(redis),
    redis,
    store: createRedisSwapStore(redis, { clock: systemClock, pendingTtlMs: ttlMs }),
    swapIndex: createRedisSwapIndex(redis),
  };
}

test('of two versions that accept the same key, the first wins, whichever it is', async () => {
  const { older, store, swapIndex } = await openBoth();
  const [first, second, third, fourth] = [newSwap(), newSwap(), newSwap(), newSwap()];
  await store.save(first);
  expect(await older.accept(first.id, 'one')).toBeNull();
  expect(await store.create(second, guardedBy('one'))).toMatchObject({ swapId: first.id });
  expect(await store.get(second.id)).toBeUndefined();

  expect(await store.create(third, guardedBy('two'))).toBeUndefined();
  expect(await older.accept(fourth.id, 'two')).toBe(`${third.id} print`);
  const ids = (await swapIndex.open()).map(({ id }) => id);
  expect(ids).toEqual([first.id, third.id]);
});

test('a claim that an earlier version left without a record can be taken over', async () => {
  const { older, store, swapIndex } = await openBoth();
  const [unwritten, next] = [newSwap(), newSwap()];
  await older.accept(unwritten.id, 'one');
  const holder = await swapIndex.holder('ann', { kind: 'key', value: 'one' });
  expect(holder?.swapId).toBe(unwritten.id);
  expect(await store.get(unwritten.id)).toBeUndefined();
  expect(await store.create(next, guardedBy('one', unwritten.id))).toBeUndefined();
  expect(await swapIndex.holder('ann', { kind: 'key', value: 'one' })).toMatchObject({ swapId: next.id });
});

test('a record that an earlier version wrote without accepting it is neither open nor listed', async () => {
  const { store, swapIndex } = await openBoth();
  await store.save(newSwap());
  expect(await swapIndex.open()).toEqual([]);
  expect(await swapIndex.page('ann', 10)).toEqual([]);
});

test('swaps that an earlier version accepted and finished are in filtered lists', async () => {
  const { older, store, swapIndex } = await openBoth();
  const [ours, theirs] = [newSwap(), newSwap()];
  const list = async (...statuses: EndedStatus[]) =>
    (await swapIndex.candidates('ann', { statuses: new Set(statuses) }, 10)).map(({ id }) => id);
  await store.create(ours, { fingerprint: 'print' });
  expect(await list('FAILED')).toEqual([ours.id]);
  await store.save(theirs);
  await older.accept(theirs.id, 'one');
  expect((await list('FAILED')).sort()).toEqual([ours.id, theirs.id].sort());
  const expiresAt = Date.now() + ttlMs;
  for (const swap of [ours, theirs]) {
    await store.finish({ ...swap, status: 'CANCELED', completedAt: swap.createdAt, expiresAt });
    await swapIndex.markEnded(swap.id, expiresAt, 'CANCELED');
  }
  expect(await list('FAILED')).toEqual([]);
  expect((await list('CANCELED')).sort()).toEqual([ours.id, theirs.id].sort());
});

test('a filtered list costs the same however many other swaps there are', async () => {
  const { redis, store, swapIndex } = await openBoth();
  const commands = async (): Promise<number> => {
    const text = await redis.client.info('commandstats');
    return [...text.matchAll(/:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
  };
  const finish = async (status: EndedStatus) => {
    const swap = newSwap();
    await store.create(swap, { fingerprint: 'print' });
    await swapIndex.markEnded(swap.id, Date.now() + ttlMs, status);
  };
  const cost = async () => {
    const before = await commands();
    expect(await swapIndex.candidates('ann', { statuses: new Set(['FAILED']) }, 3)).toHaveLength(3);
    return (await commands()) - before;
  };
  for (let n = 0; n < 3; n += 1) await finish('FAILED');
  const alone = await cost();
  for (let n = 0; n < 300; n += 1) await finish(n % 2 ? 'SUCCEEDED' : 'CANCELED');
  // Another connection of the test may send a PING in between.
  expect(await cost()).toBeLessThan(alone + 10);
});

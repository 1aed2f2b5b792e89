import { expect, onTestFinished, test } from 'vitest';
import { connectRedis, type RedisConnection, redisScript } from '../../../src/backends/redis/connection.js';
import { createRedisOutbox } from '../../../src/backends/redis/outbox.js';
import { redisForTests } from '../../../testing/redis-server.js';

const server = redisForTests();
const leaseMs = 60_000;

async function connect(): Promise<RedisConnection> {
  const redis = connectRedis({ url: server.url, prefix: server.newPrefix() });
  onTestFinished(() => redis.close());
  await redis.ready();
  return redis;
}

/** The outbox of the version before round-robin over clients, with its original scripts. */
function createOlderOutbox(redis: RedisConnection) {
  const keys = `
local due, attempts = ARGV[1] .. 'callbacks', ARGV[1] .. 'callback-attempts'
local function keep() for _, key in ipairs({ due, attempts }) do redis.call('PEXPIRE', key, 604800000) end end`;
  const add = redisScript(`${keys}
redis.call('ZADD', due, 'NX', ARGV[3], ARGV[2])
keep()`);
  const take = redisScript(`${keys}
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[2], 'LIMIT', 0, ARGV[4])) do
  redis.call('ZADD', due, ARGV[3], id)
  taken[#taken + 1] = id
  taken[#taken + 1] = redis.call('HGET', attempts, id) or '0'
end
return taken`);
  const postpone = redisScript(`${keys}
if redis.call('ZADD', due, 'XX', 'CH', ARGV[4], ARGV[2]) == 0 and not redis.call('ZSCORE', due, ARGV[2]) then return end
redis.call('HSET', attempts, ARGV[2], ARGV[3])
keep()`);
  const remove = redisScript(`${keys}
redis.call('ZREM', due, ARGV[2])
redis.call('HDEL', attempts, ARGV[2])`);
  return {
    add: (id: string, dueAt: number) => redis.run(add, id, dueAt),
    take: (now: number, limit: number) => redis.run(take, now, now + leaseMs, limit) as Promise<string[]>,
    postpone: (id: string, attempts: number, dueAt: number) => redis.run(postpone, id, attempts, dueAt),
    remove: (id: string) => redis.run(remove, id),
  };
}

async function openBoth() {
  const redis = await connect();
  return { older: createOlderOutbox(redis), newer: createRedisOutbox(redis) };
}

test('entries that an earlier version added or postponed are leased by this one, with their attempts', async () => {
  const { older, newer } = await openBoth();
  await older.add('a', 1);
  await older.add('b', 1);
  await older.postpone('b', 3, 50);
  expect(await newer.nextDueAt()).toBe(1);
  expect(await newer.take(10, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 0 }]);
  expect(await newer.take(50, leaseMs, 10)).toEqual([{ swapId: 'b', attempts: 3 }]);
  await newer.postpone({ swapId: 'b' }, 4, 90);
  await newer.remove({ swapId: 'a' });
  expect(await older.take(90, 10)).toEqual(['b', '4']);
});

test('entries added by this version are leased by an earlier one, once between both', async () => {
  const { older, newer } = await openBoth();
  await newer.add('a', 1, { client: 'ada', host: 'hooks.example.com' });
  expect(await older.take(10, 10)).toEqual(['a', '0']);
  expect(await newer.take(10, leaseMs, 10)).toEqual([]);
  await older.postpone('a', 1, 20);
  const owner = { client: 'ada', host: 'hooks.example.com' };
  expect(await newer.take(10 + leaseMs, leaseMs, 10)).toEqual([{ swapId: 'a', attempts: 1, ...owner }]);
  await older.remove('a');
  expect(await newer.take(10 + 3 * leaseMs, leaseMs, 10)).toEqual([]);
  expect(await newer.nextDueAt()).toBeUndefined();
});

test('an earlier version never sees events that it does not know', async () => {
  const { older, newer } = await openBoth();
  await newer.add('a', 1, { type: 'swap.late_result', client: 'ada' });
  expect(await older.take(10, 10)).toEqual([]);
  expect(await newer.take(10, leaseMs, 10)).toHaveLength(1);
});

test('entries of an earlier version are found behind any number of entries of a throttled client', async () => {
  const { older, newer } = await openBoth();
  for (let count = 0; count < 300; count += 1) await newer.add(`a${count}`, count, { client: 'ada' });
  await older.add('z', 400);
  await older.remove('a0');
  const turn = { perClient: 8, room: new Map([['ada', 0]]) };
  expect(await newer.take(500, leaseMs, 10, turn)).toEqual([{ swapId: 'z', attempts: 0 }]);
});

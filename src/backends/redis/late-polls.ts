import type { LatePollSchedule } from '../../swap/late-poll-schedule.js';
import { type RedisConnection, redisScript } from './connection.js';

/** Longer than late results are accepted, so leftovers are obsolete by then. */
const scheduleTtlMs = 2 * 24 * 60 * 60 * 1000;

/** Keys after the prefix: `late-polls`, failed swaps by next poll time · `late-poll-attempts`, polls made so far. */
const keys = `
local due, attempts = ARGV[1] .. 'late-polls', ARGV[1] .. 'late-poll-attempts'
local function keep() for _, key in ipairs({ due, attempts }) do redis.call('PEXPIRE', key, ${scheduleTtlMs}) end end`;

const addScript = redisScript(`${keys}
redis.call('ZADD', due, 'NX', ARGV[3], ARGV[2])
keep()`);

const takeScript = redisScript(`${keys}
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[2], 'LIMIT', 0, ARGV[4])) do
  redis.call('ZADD', due, ARGV[3], id)
  taken[#taken + 1] = id
  taken[#taken + 1] = redis.call('HGET', attempts, id) or '0'
end
return taken`);

const postponeScript = redisScript(`${keys}
if not redis.call('ZSCORE', due, ARGV[2]) then return end
redis.call('ZADD', due, 'XX', ARGV[4], ARGV[2])
redis.call('HSET', attempts, ARGV[2], ARGV[3])
keep()`);

const removeScript = redisScript(`${keys}
redis.call('ZREM', due, ARGV[2])
redis.call('HDEL', attempts, ARGV[2])`);

/** Schedule of late-result polls in Redis: the instance that leases an entry makes the poll. */
export function createRedisLatePolls(redis: RedisConnection): LatePollSchedule {
  return {
    async add(swapId, dueAt) {
      await redis.run(addScript, swapId, Math.round(dueAt));
    },
    async take(now, leaseMs, limit) {
      const until = Math.round(now + leaseMs);
      const taken = (await redis.run(takeScript, Math.round(now), until, limit)) as string[];
      return Array.from({ length: taken.length / 2 }, (_, n) => ({
        swapId: String(taken[2 * n]),
        attempts: Number(taken[2 * n + 1]),
      }));
    },
    async postpone(swapId, attempts, dueAt) {
      await redis.run(postponeScript, swapId, attempts, Math.round(dueAt));
    },
    async remove(swapId) {
      await redis.run(removeScript, swapId);
    },
    async nextDueAt() {
      const [next] = await redis.orUnavailable((client) =>
        client.zRangeWithScores(`${redis.prefix}late-polls`, 0, 0),
      );
      return next?.score;
    },
  };
}

import { type RedisConnection, redisScript } from '../redis/redis-connection.js';
import type { CallbackOutbox } from '../swap/ports.js';

/** A call that was not made within this time is forgotten with the whole outbox, unless another one came. */
const outboxTtlMs = 7 * 24 * 60 * 60 * 1000;

/** Keys after the prefix: `callbacks`, swaps by when their call is due · `callback-attempts`, how often it was tried. */
const keys = `
local due, attempts = ARGV[1] .. 'callbacks', ARGV[1] .. 'callback-attempts'
local function keep() for _, key in ipairs({ due, attempts }) do redis.call('PEXPIRE', key, ${outboxTtlMs}) end end`;

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
if redis.call('ZADD', due, 'XX', 'CH', ARGV[4], ARGV[2]) == 0 and not redis.call('ZSCORE', due, ARGV[2]) then return end
redis.call('HSET', attempts, ARGV[2], ARGV[3])
keep()`);

const removeScript = redisScript(`${keys}
redis.call('ZREM', due, ARGV[2])
redis.call('HDEL', attempts, ARGV[2])`);

/** The outbox in Redis: whichever instance takes a call makes it. */
export function createRedisOutbox(redis: RedisConnection): CallbackOutbox {
  return {
    async add(swapId, dueAt) {
      await redis.run(addScript, swapId, Math.round(dueAt));
    },
    async take(now, leaseMs, limit) {
      const taken = (await redis.run(takeScript, now, now + leaseMs, limit)) as string[];
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
      const [next] = await redis.reach((client) => client.zRangeWithScores(`${redis.prefix}callbacks`, 0, 0));
      return next?.score;
    },
  };
}

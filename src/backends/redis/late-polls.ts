import type { LatePollSchedule } from '../../swap/late-poll-schedule.js';
import type { RedisConnection } from './connection.js';
import { latePollScripts } from './scripts.js';

/** Schedule of late-result polls in Redis: the instance that leases an entry makes the poll. */
export function createRedisLatePolls(redis: RedisConnection): LatePollSchedule {
  return {
    async add(swapId, dueAt) {
      await redis.run(latePollScripts.add, swapId, Math.round(dueAt));
    },
    async take(now, leaseMs, limit) {
      const until = Math.round(now + leaseMs);
      const taken = (await redis.run(latePollScripts.take, Math.round(now), until, limit)) as string[];
      return Array.from({ length: taken.length / 2 }, (_, n) => ({
        swapId: String(taken[2 * n]),
        attempts: Number(taken[2 * n + 1]),
      }));
    },
    async postpone(swapId, attempts, dueAt) {
      await redis.run(latePollScripts.postpone, swapId, attempts, Math.round(dueAt));
    },
    async remove(swapId) {
      await redis.run(latePollScripts.remove, swapId);
    },
    async nextDueAt() {
      const [next] = await redis.orUnavailable((client) =>
        client.zRangeWithScores(`${redis.prefix}late-polls`, 0, 0),
      );
      return next?.score;
    },
  };
}

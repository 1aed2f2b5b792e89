import type { LatePollSchedule } from '../../swap/late-poll-schedule.js';
import type { RedisConnection } from './connection.js';
import { scheduleScripts } from './scripts.js';

/**
 * Schedule in Redis: the instance that leases an entry does the work.
 *
 * @param entry what is scheduled: polls for late results, copies into the archive, or erasures
 */
export function createRedisSchedule(
  redis: RedisConnection,
  entry: 'late-poll' | 'archive-job' | 'erasure-job',
): LatePollSchedule {
  return {
    async add(swapId, dueAt) {
      await redis.run(scheduleScripts.add, entry, swapId, Math.round(dueAt));
    },
    async take(now, leaseMs, limit) {
      const until = Math.round(now + leaseMs);
      const taken = (await redis.run(scheduleScripts.take, entry, Math.round(now), until, limit)) as string[];
      return Array.from({ length: taken.length / 2 }, (_, n) => ({
        swapId: String(taken[2 * n]),
        attempts: Number(taken[2 * n + 1]),
      }));
    },
    async postpone(swapId, attempts, dueAt) {
      await redis.run(scheduleScripts.postpone, entry, swapId, attempts, Math.round(dueAt));
    },
    async remove(swapId) {
      await redis.run(scheduleScripts.remove, entry, swapId);
    },
    async nextDueAt() {
      const [next] = await redis.orUnavailable((client) =>
        client.zRangeWithScores(`${redis.prefix}${entry}s`, 0, 0),
      );
      return next?.score;
    },
  };
}

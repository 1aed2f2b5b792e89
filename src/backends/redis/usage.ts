import type { Clock } from '../../lib/clock.js';
import { keptMonthsAt, type UsageReader } from '../../swap/usage.js';
import type { RedisConnection } from './connection.js';
import { swapScripts } from './scripts.js';

/** Usage in Redis, counted by the scripts that accept and finish swaps. */
export function createRedisUsage(redis: RedisConnection, clock: Pick<Clock, 'now'>): UsageReader {
  const keyOf = (client: string, month: string): string =>
    `${redis.prefix}usage:${encodeURIComponent(client)}:${month}`;
  return {
    async remove(clients) {
      const months = keptMonthsAt(clock.now());
      for (const client of clients)
        await redis.orUnavailable((connected) =>
          connected.unlink(months.map((month) => keyOf(client, month))),
        );
    },
    async read(client, month) {
      const key = keyOf(client, month);
      const [swaps, succeeded, failed] = await redis.orUnavailable((connected) =>
        connected.hmGet(key, ['swaps', 'succeeded', 'failed']),
      );
      return { swaps: Number(swaps ?? 0), succeeded: Number(succeeded ?? 0), failed: Number(failed ?? 0) };
    },
  };
}

/** Whether an earlier version has used this Redis. Determined once for all instances. @throws UNAVAILABLE */
export async function isUpgradedRedis(redis: RedisConnection): Promise<boolean> {
  return (await redis.run(swapScripts.signatures)) === 'shared';
}

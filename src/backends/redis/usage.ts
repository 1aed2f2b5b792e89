import type { UsageReader } from '../../swap/usage.js';
import type { RedisConnection } from './connection.js';
import { swapScripts } from './scripts.js';

/** Usage in Redis, counted by the scripts that accept and finish swaps. */
export function createRedisUsage(redis: RedisConnection): UsageReader {
  return {
    async read(client, month) {
      const key = `${redis.prefix}usage:${encodeURIComponent(client)}:${month}`;
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

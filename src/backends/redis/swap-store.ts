import type { SwapStore } from '../../swap/ports.js';
import { createKeyvSwapStore, type KeyvSwapStoreOptions } from '../keyv-swap-store.js';
import type { RedisConnection } from './connection.js';
import { createRedisKeyvAdapter } from './keyv-adapter.js';
import { swapScripts } from './scripts.js';

/** How long a successful write counts as evidence that writes work, milliseconds. */
const writableForMs = 2000;

/** Swaps in Redis, through keyv, with late writes kept out. */
export function createRedisSwapStore(
  redis: RedisConnection,
  options: Pick<KeyvSwapStoreOptions, 'clock' | 'pendingTtlMs'>,
): SwapStore {
  let writableAt = Number.NEGATIVE_INFINITY;
  const store = createKeyvSwapStore({
    ...options,
    pending: createRedisKeyvAdapter(redis, {
      ...options,
      namespace: 'pending',
      saveScript: swapScripts.save,
    }),
    ended: createRedisKeyvAdapter(redis, { ...options, namespace: 'ended', writeOnce: true }),
  });
  return {
    ...store,
    /** Also throws for a read-only server, such as a demoted one. */
    async ping() {
      if (redis.isUsable() && performance.now() - writableAt < writableForMs) return;
      await redis.orUnavailable((client) => client.del(`${redis.prefix}nothing`));
      writableAt = performance.now();
    },
  };
}

import { type RedisConnection, redisScript } from '../redis/redis-connection.js';
import type { SwapStore } from '../swap/ports.js';
import { createKeyvSwapStore, type KeyvSwapStoreOptions } from './keyv-swap-store.js';
import { createRedisKeyvAdapter } from './redis-keyv-adapter.js';

/**
 * id, record, when it expires (milliseconds since the epoch). Several instances write, and what one of them sent may be
 * done long after it was given up. So what would take a swap back changes nothing: it never goes from PROCESSING to
 * QUEUED, never loses ModelsLab's id, and has no other record once it has ended.
 */
const saveScript = redisScript(`
local pending, ended = ARGV[1] .. 'pending:' .. ARGV[2], ARGV[1] .. 'ended:' .. ARGV[2]
local function rank(record)
  local swap = cjson.decode(record).value
  if swap.status ~= 'PROCESSING' then return 0 end
  return swap.modelsLabId and 2 or 1
end
if redis.call('EXISTS', ended) == 1 then return 0 end
local old = redis.call('GET', pending)
if old and rank(old) > rank(ARGV[3]) then return 0 end
redis.call('SET', pending, ARGV[3], 'PXAT', ARGV[4])
return 1`);

/** For so long a write that worked is taken for a sign that the next one will, milliseconds. */
const writableForMs = 2000;

/** Swaps in Redis, through keyv, with late writes kept out. */
export function createRedisSwapStore(
  redis: RedisConnection,
  options: Pick<KeyvSwapStoreOptions, 'clock' | 'pendingTtlMs'>,
): SwapStore {
  let writableAt = Number.NEGATIVE_INFINITY;
  const store = createKeyvSwapStore({
    ...options,
    pending: createRedisKeyvAdapter(redis, { namespace: 'pending', saveScript }),
    ended: createRedisKeyvAdapter(redis, { namespace: 'ended', writeOnce: true }),
  });
  return {
    ...store,
    /** Also throws for a server that only reads work on, such as one that was demoted. */
    async ping() {
      if (redis.isUsable() && performance.now() - writableAt < writableForMs) return;
      await redis.reach((client) => client.del(`${redis.prefix}nothing`));
      writableAt = performance.now();
    },
  };
}

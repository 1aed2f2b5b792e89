import type { SwapStore } from '../../swap/ports.js';
import { createKeyvSwapStore, type KeyvSwapStoreOptions } from '../keyv-swap-store.js';
import { type RedisConnection, redisScript } from './connection.js';
import { createRedisKeyvAdapter } from './keyv-adapter.js';

/**
 * Arguments: id, record, expiry (milliseconds since the epoch). With several instances, a write may run long after its sender
 * abandoned it. So a write that would move a swap backwards has no effect: a swap never goes from PROCESSING to QUEUED, never loses
 * ModelsLab's id, and has no pending record once it is finished.
 *
 * A swap that may be at ModelsLab is always re-added to the open swaps: if Redis lost its index in the meantime, nothing else would
 * look for the outcome.
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
local swap, entry = cjson.decode(ARGV[3]).value, ARGV[1] .. 'entry:' .. ARGV[2]
if (swap.status == 'PROCESSING' or swap.submittingSince) and redis.call('EXISTS', entry) == 0 then
  local client = string.gsub(swap.client, "[^%w%-_%.!~%*'%(%)]", function(character)
    return string.format('%%%02X', string.byte(character))
  end)
  local sequence, open, own = ARGV[1] .. 'sequence', ARGV[1] .. 'open', ARGV[1] .. 'client:' .. client
  local seq = redis.call('INCR', sequence)
  redis.call('HSET', entry, 'client', client, 'seq', seq, 'claims', '[]')
  redis.call('ZADD', open, seq, ARGV[2] .. ' ' .. client)
  redis.call('ZADD', own, seq, ARGV[2])
  for _, key in ipairs({ entry, sequence, open, own }) do redis.call('PEXPIREAT', key, ARGV[4]) end
end
return 1`);

/** How long a successful write counts as evidence that writes work, milliseconds. */
const writableForMs = 2000;

/** Swaps in Redis, through keyv. Delayed writes cannot revert a swap. */
export function createRedisSwapStore(
  redis: RedisConnection,
  options: Pick<KeyvSwapStoreOptions, 'clock' | 'pendingTtlMs'>,
): SwapStore {
  let writableAt = Number.NEGATIVE_INFINITY;
  const store = createKeyvSwapStore({
    ...options,
    pending: createRedisKeyvAdapter(redis, { ...options, namespace: 'pending', saveScript }),
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

import type { Clock } from '../../lib/clock.js';
import type { Restoration } from '../backend.js';
import type { RedisConnection } from './connection.js';

/**
 * The restoration of a Redis that was started on an earlier state. Its first instance sets the time that separates that state from
 * what is accepted since, for all instances, and as long as this Redis runs.
 * @throws UNAVAILABLE
 */
export async function findRestoration({
  redis,
  clock,
  ttlMs,
}: {
  redis: RedisConnection;
  clock: Clock;
  ttlMs: number;
}): Promise<Restoration> {
  const info = await redis.orUnavailable((client) => client.info('server'));
  const run = /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unknown';
  const key = `${redis.prefix}restored:${run}`;
  const before = await redis.orUnavailable(async (client) => {
    await client.set(key, String(clock.now()), { condition: 'NX', expiration: { type: 'PX', value: ttlMs } });
    return client.get(key);
  });
  // A swap of the earlier state that was accepted in this millisecond would be one too many to submit.
  return { before: Number(before) + 1, done: async () => undefined };
}

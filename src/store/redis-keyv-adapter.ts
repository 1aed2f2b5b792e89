import { EventEmitter } from 'node:events';
import KeyvRedis from '@keyv/redis';
import { type KeyvStorageAdapter, keyvStorageCapability } from 'keyv';
import type { RedisConnection, RedisScript } from '../redis/redis-connection.js';
import type { Clock } from '../swap/ports.js';

export interface RedisKeyvAdapterOptions {
  namespace: string;
  /** The time of Redis: keyv counts from the process's own, which may be wrong. */
  clock: Pick<Clock, 'now'>;
  /** The first value of a key stays until it expires; `set` gives false, and writes nothing, for a later one. */
  writeOnce?: boolean;
  /** Writes in the place of SET, or decides not to. `ARGV` after the prefix: key, value, expiry in ms since the epoch. */
  saveScript?: RedisScript;
}

/** keyv's own adapter for Redis, over a connection that fails fast; every failure throws. */
export function createRedisKeyvAdapter(
  redis: RedisConnection,
  { namespace, clock, writeOnce = false, saveScript }: RedisKeyvAdapterOptions,
): KeyvStorageAdapter {
  const values = new KeyvRedis<string>(redis.client, {
    namespace: redis.prefix + namespace,
    keyPrefixSeparator: ':',
    throwOnErrors: true,
  });
  // It throws as well, which is what counts.
  values.on('error', () => undefined);

  const setOnce = (key: string, value: string, expires?: number): Promise<boolean> =>
    redis.reach(async (client) => {
      const name = values.createKeyPrefix(key, values.namespace);
      const expiry = expires === undefined ? {} : { expiration: { type: 'PXAT', value: expires } as const };
      return (await client.set(name, value, { condition: 'NX', ...expiry })) === 'OK';
    });

  async function set(key: string, value: string, ownExpires?: number): Promise<boolean> {
    const expires = ownExpires && Math.round(ownExpires - Date.now() + clock.now());
    if (writeOnce) return setOnce(key, value, expires);
    if (!saveScript) return redis.reach(() => values.set(key, value, expires));
    if (expires === undefined) throw new Error('what a script saves has to expire');
    await redis.run(saveScript, key, value, expires);
    return true;
  }

  const adapter = {
    namespace,
    get: (key: string) => redis.reach(() => values.get(key)),
    has: (key: string) => redis.reach(() => values.has(key)),
    set,
    delete: (key: string) => redis.reach(() => values.delete(key)),
    clear: () => redis.reach(() => values.clear()),
  };
  return Object.assign(new EventEmitter(), adapter, {
    capabilities: keyvStorageCapability(adapter),
  }) as unknown as KeyvStorageAdapter;
}

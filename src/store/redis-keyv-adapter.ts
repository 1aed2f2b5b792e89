import { EventEmitter } from 'node:events';
import KeyvRedis from '@keyv/redis';
import { type KeyvStorageAdapter, type KeyvStorageEntry, keyvStorageCapability } from 'keyv';
import type { RedisConnection, RedisScript } from '../redis/redis-connection.js';

export interface RedisKeyvAdapterOptions {
  namespace: string;
  /** The first value of a key stays until it expires; `set` gives false, and writes nothing, for a later one. */
  writeOnce?: boolean;
  /** Writes in the place of SET, or decides not to. `ARGV` after the prefix: key, value, expiry in ms since the epoch. */
  saveScript?: RedisScript;
}

/** keyv's own adapter for Redis, over a connection that fails fast; every failure throws. */
export function createRedisKeyvAdapter(
  redis: RedisConnection,
  { namespace, writeOnce = false, saveScript }: RedisKeyvAdapterOptions,
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

  async function set(key: string, value: string, expires?: number): Promise<boolean> {
    if (writeOnce) return setOnce(key, value, expires);
    if (!saveScript) return redis.reach(() => values.set(key, value, expires));
    if (expires === undefined) throw new Error('what a script saves has to expire');
    await redis.run(saveScript, key, value, Math.round(expires));
    return true;
  }

  /** Of a Keyv that has a namespace of its own, within that of the adapter. */
  const scoped = (): KeyvRedis<string> => {
    const inner = adapter.namespace === namespace ? undefined : adapter.namespace;
    values.namespace = redis.prefix + namespace + (inner === undefined ? '' : `:${inner}`);
    return values;
  };

  const methods = {
    namespace: namespace as string | undefined,
    get: async (key: string) => redis.reach(() => scoped().get(key)),
    getMany: async (keys: string[]) => redis.reach(() => scoped().getMany(keys)),
    has: async (key: string) => redis.reach(() => scoped().has(key)),
    hasMany: async (keys: string[]) => (keys.length === 0 ? [] : redis.reach(() => scoped().hasMany(keys))),
    async set(key: string, value: string, expires?: number) {
      scoped();
      return set(key, value, expires);
    },
    async setMany(entries: KeyvStorageEntry<string>[]) {
      scoped();
      return Promise.all(entries.map(({ key, value, expires }) => set(key, value, expires)));
    },
    delete: async (key: string) => redis.reach(() => scoped().delete(key)),
    deleteMany: async (keys: string[]) =>
      keys.length === 0 ? [] : redis.reach(() => scoped().deleteMany(keys)),
    clear: async () => redis.reach(() => scoped().clear()),
    async *iterator(): AsyncGenerator<[string, string]> {
      const entries = scoped().iterator<string>();
      for (;;) {
        const { done, value } = await redis.reach(() => entries.next());
        if (done) return;
        const [key, stored] = value;
        // It may have expired since its key was found.
        if (stored !== undefined) yield [key, stored];
      }
    },
    /** The connection is shared: whoever opened it closes it. */
    async disconnect() {},
  };
  const adapter: typeof methods = Object.assign(new EventEmitter(), methods, {
    capabilities: keyvStorageCapability(methods),
  });
  return adapter as unknown as KeyvStorageAdapter;
}

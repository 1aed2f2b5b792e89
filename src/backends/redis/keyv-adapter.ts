import { EventEmitter } from 'node:events';
import KeyvRedis from '@keyv/redis';
import { type KeyvStorageAdapter, type KeyvStorageEntry, keyvStorageCapability } from 'keyv';
import type { Clock } from '../../lib/clock.js';
import type { RedisConnection, RedisScript } from './connection.js';

export interface RedisKeyvAdapterOptions {
  namespace: string;
  /** Redis's clock: keyv uses the process's own, which may be wrong. */
  clock?: Pick<Clock, 'now'>;
  /** The first value of a key stays until it expires; `set` returns false and writes nothing for a later one. */
  writeOnce?: boolean;
  /** Replaces SET, and may decide not to write. `ARGV` after the prefix: key, value, expiry in ms since the epoch. */
  saveScript?: RedisScript;
}

/** Separates keyv's namespace from the key. */
const separator = ':';
const scanSize = 100;

/**
 * keyv's Redis adapter over a fail-fast connection; every failure throws. Keyv instances with different namespaces share the
 * store and see only their own keys. `disconnect` does nothing: the connection belongs to its creator.
 */
export function createRedisKeyvAdapter(
  redis: RedisConnection,
  { namespace: store, clock = { now: Date.now }, writeOnce = false, saveScript }: RedisKeyvAdapterOptions,
): KeyvStorageAdapter {
  // Keys are passed in full, so it needs no namespace.
  const values = new KeyvRedis<string>(redis.client, { throwOnErrors: true, noNamespaceAffectsAll: true });
  // Errors are thrown as well.
  values.on('error', () => undefined);

  const prefixOf = (namespace: string | undefined): string =>
    store + separator + (namespace === undefined || namespace === store ? '' : namespace + separator);
  const keyOf = (key: string): string => prefixOf(adapter.namespace) + key;
  const nameOf = (key: string): string => redis.prefix + keyOf(key);

  /** Converts an expiry by the process's clock to Redis's. */
  const expiryOf = (expires: number | undefined): number | undefined =>
    expires === undefined ? undefined : Math.max(Math.round(expires - Date.now() + clock.now()), 1);

  const setOnce = (name: string, value: string, expires?: number): Promise<boolean> =>
    redis.orUnavailable(async (client) => {
      const expiry = expires === undefined ? {} : { expiration: { type: 'PXAT', value: expires } as const };
      return (await client.set(name, value, { condition: 'NX', ...expiry })) === 'OK';
    });

  async function set(key: string, value: string, ownExpires?: number): Promise<boolean> {
    const expires = expiryOf(ownExpires);
    if (writeOnce) return setOnce(nameOf(key), value, expires);
    if (!saveScript) return redis.orUnavailable(() => values.set(nameOf(key), value, expires));
    if (expires === undefined) throw new Error('records written by a script must expire');
    if (prefixOf(adapter.namespace) !== prefixOf(undefined))
      throw new Error('records written by a script cannot have another namespace');
    await redis.run(saveScript, key, value, expires);
    return true;
  }

  /** All key names of the namespace, in batches; a key may occur more than once. */
  async function* scan(): AsyncGenerator<string[]> {
    const match = `${escapeGlob(redis.prefix + prefixOf(adapter.namespace))}*`;
    for (let cursor = '0'; ; ) {
      const from = cursor;
      const page = await redis.orUnavailable((client) =>
        client.scan(from, { MATCH: match, COUNT: scanSize }),
      );
      if (page.keys.length > 0) yield page.keys;
      cursor = page.cursor;
      if (cursor === '0') return;
    }
  }

  // keyv recognizes its own stores by which methods are async.
  const methods = {
    namespace: store as string | undefined,
    get: async (key: string) => redis.orUnavailable(() => values.get(nameOf(key))),
    getMany: async (keys: string[]) =>
      keys.length === 0 ? [] : redis.orUnavailable(() => values.getMany(keys.map(nameOf))),
    has: async (key: string) => redis.orUnavailable(() => values.has(nameOf(key))),
    hasMany: async (keys: string[]) =>
      keys.length === 0 ? [] : redis.orUnavailable(() => values.hasMany(keys.map(nameOf))),
    set,
    setMany: async (entries: KeyvStorageEntry<string>[]) =>
      Promise.all(entries.map(({ key, value, expires }) => set(key, value, expires))),
    delete: async (key: string) => redis.orUnavailable(() => values.delete(nameOf(key))),
    deleteMany: async (keys: string[]) =>
      Promise.all(keys.map((key) => redis.orUnavailable(() => values.delete(nameOf(key))))),
    async clear() {
      for await (const names of scan()) await redis.orUnavailable((client) => client.unlink(names));
    },
    async *iterator(): AsyncGenerator<[string, string]> {
      const { length } = redis.prefix + prefixOf(adapter.namespace);
      const seen = new Set<string>();
      for await (const names of scan()) {
        const fresh = names.filter((name) => !seen.has(name));
        for (const name of fresh) seen.add(name);
        if (fresh.length === 0) continue;
        const found = await redis.orUnavailable((client) => client.mGet(fresh));
        for (const [index, name] of fresh.entries()) {
          const value = found[index];
          // It may have expired between the two commands.
          if (value != null) yield [name.slice(length), value];
        }
      }
    },
    async disconnect() {},
  };
  const adapter: typeof methods = Object.assign(new EventEmitter(), methods, {
    capabilities: keyvStorageCapability(methods),
  });
  return adapter as unknown as KeyvStorageAdapter;
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\^-]/g, '\\$&');
}

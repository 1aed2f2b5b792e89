import { laterClaimsOf } from '../../swap/erasure.js';
import { unavailable } from '../../swap/errors.js';
import type { SwapStore } from '../../swap/ports.js';
import type { EndedStatus } from '../../swap/swap.js';
import { monthOf, usageExpiry } from '../../swap/usage.js';
import { createKeyvSwapStore, type KeyvSwapStoreOptions } from '../keyv-swap-store.js';
import { keyOfClaim, readHolder } from './claims.js';
import type { RedisConnection } from './connection.js';
import { consentArguments } from './consents.js';
import { createRedisKeyvAdapter } from './keyv-adapter.js';
import { swapScripts } from './scripts.js';

export interface RedisSwapStoreOptions extends Pick<KeyvSwapStoreOptions, 'clock' | 'pendingTtlMs'> {
  /** Whether replicas have all earlier writes; undefined: not required. */
  confirm?: (() => Promise<boolean>) | undefined;
}

/** The field of the client's usage that counts an outcome. */
const countedAs: Partial<Record<EndedStatus, string>> = { SUCCEEDED: 'succeeded', FAILED: 'failed' };

/** How long a successful write counts as evidence that writes work, milliseconds. */
const writableForMs = 2000;

/**
 * Swaps in Redis, through keyv. Scripts write the records: pending ones, so that delayed writes cannot revert a swap, and finished
 * ones, to count them.
 */
export function createRedisSwapStore(
  redis: RedisConnection,
  { confirm, ...options }: RedisSwapStoreOptions,
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
    async insert({ id, client, createdAt }, { fingerprint, guard, takes, consent }, record) {
      const wanted = {
        guard: guard && keyOfClaim(client, guard),
        replaces: guard?.replaces,
        claims: [guard, takes]
          .filter((claim) => claim !== undefined)
          .map((claim) => keyOfClaim(client, claim)),
      };
      const holder = await redis.run(
        swapScripts.create,
        id,
        record.text,
        encodeURIComponent(client),
        fingerprint,
        options.pendingTtlMs,
        monthOf(createdAt),
        usageExpiry(monthOf(createdAt)),
        JSON.stringify(wanted),
        ...consentArguments(consent),
        Math.floor(createdAt),
      );
      if (typeof holder === 'string') return readHolder(holder);
      if (confirm && !(await confirm()))
        throw unavailable(new Error('too few replicas have acknowledged the swap'));
      return undefined;
    },
    async end({ id, status, createdAt, expiresAt }, { text }) {
      const ttlMs = Math.max(Math.round(expiresAt - options.clock.now()), 1);
      const field = countedAs[status] ?? '';
      const monthExpiry = usageExpiry(monthOf(createdAt));
      return (await redis.run(swapScripts.end, id, text, ttlMs, field, monthExpiry)) === 1;
    },
    async replace(former, { id, expiresAt }, records) {
      const texts = Object.entries(records).map(([key, { text }]) => [key, text]);
      const claims = laterClaimsOf(former).map(({ owner, claim }) => keyOfClaim(owner, claim));
      const expiry = Math.round(expiresAt);
      await redis.run(swapScripts.erase, id, JSON.stringify(texts), expiry, JSON.stringify(claims));
    },
  });
  return {
    ...store,
    ...(confirm && { confirm }),
    /** Also throws for a read-only server, such as a demoted one. */
    async ping() {
      if (redis.isUsable() && performance.now() - writableAt < writableForMs) return;
      await redis.orUnavailable((client) => client.del(`${redis.prefix}nothing`));
      writableAt = performance.now();
    },
  };
}

import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
} from 'jose';
import type { Clock } from '../../lib/clock.js';
import { repeat } from '../../lib/repeat.js';
import type { SwapLog } from '../../swap/ports.js';

/** The keys that verify an issuer's tokens, kept current in the background from the first use on. */
export interface KeySet {
  /**
   * The key for a token. Only the first token waits for the keys, and one whose key is unknown for a refresh, at most every 10 s.
   *
   * @returns the key and its id for `check`
   * @throws KeySetUnavailable; the errors of jose if no key matches, or several do
   */
  find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<{ key: CryptoKey; id: string }>;
  /** Whether the issuer still publishes a key. `unknown`: the issuer has not been reached for 10 minutes. */
  check(id: string): 'published' | 'gone' | 'unknown';
  /** Ends the refreshes and aborts the one in progress. */
  close(): void;
}

/** There are no keys, or none that are recent enough. */
export class KeySetUnavailable extends Error {
  override readonly name = 'KeySetUnavailable';
}

interface PublishedKey {
  id: string;
  resolve: ReturnType<typeof createLocalJWKSet>;
}

/** Half of the minute within which a removed key must stop working; the rest is for slow and failed attempts. */
const refreshMs = 30_000;
const retryMs = 5000;
/** How long the last keys are used while the issuer cannot be reached. */
const maxAgeMs = 10 * 60_000;
/** Between refreshes caused by unknown keys, which anyone can name. */
const unknownKeyMs = 10_000;

export function createKeySet(
  fetchKeys: (signal: AbortSignal) => Promise<JSONWebKeySet>,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  log: SwapLog,
): KeySet {
  let keys = new Map<string, PublishedKey>();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let pending: Promise<void> | undefined;
  let isStarted = false;
  const closing = new AbortController();

  const isRecent = (): boolean => clock.monotonic() - fetchedAt < maxAgeMs;

  const load = async (): Promise<void> => {
    attemptedAt = clock.monotonic();
    try {
      keys = readKeys(await fetchKeys(closing.signal), keys);
      if (failure !== undefined) log.info({}, 'fetched the keys that verify tokens again');
      fetchedAt = clock.monotonic();
      failure = undefined;
    } catch (error) {
      // Logged once per outage: it is retried every few seconds.
      if (failure === undefined && !closing.signal.aborted)
        log.error({ err: error }, 'failed to fetch the keys that verify tokens; retrying');
      failure = error;
      throw error;
    }
  };
  /** Concurrent callers share one request. */
  const refresh = (): Promise<void> => {
    pending ??= load().finally(() => {
      pending = undefined;
    });
    return pending;
  };
  const start = (): void => {
    if (isStarted) return;
    isStarted = true;
    repeat(
      async () => {
        await refresh();
        return refreshMs;
      },
      // `load` logs the error.
      { clock, signal: closing.signal, retryMs, onError: () => undefined },
    );
  };

  const unavailable = (): KeySetUnavailable =>
    new KeySetUnavailable('there are no recent keys', { cause: failure });

  const match = async (
    header: JWSHeaderParameters,
    token: FlattenedJWSInput,
  ): Promise<{ key: CryptoKey; id: string } | undefined> => {
    const found: { key: CryptoKey; id: string }[] = [];
    for (const { id, resolve } of keys.values()) {
      try {
        found.push({ key: await resolve(header, token), id });
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
    }
    if (found.length > 1) throw new errors.JWKSMultipleMatchingKeys();
    return found[0];
  };

  return {
    async find(header, token) {
      start();
      if (pending && failure === undefined && !isRecent()) await refresh().catch(() => undefined);
      if (!isRecent()) throw unavailable();
      const found = await match(header, token);
      if (found) return found;
      if (pending || clock.monotonic() - attemptedAt >= unknownKeyMs) {
        await refresh().catch(() => undefined);
        const added = await match(header, token);
        if (added) return added;
      }
      // While the issuer cannot be reached, the key may be one that it has added.
      throw failure === undefined ? new errors.JWKSNoMatchingKey() : unavailable();
    },
    check: (id) => (!isRecent() ? 'unknown' : keys.has(id) ? 'published' : 'gone'),
    close: () => closing.abort(),
  };
}

/** What verification depends on. Certificates may be renewed for the same key. */
const decisive = ['kty', 'kid', 'alg', 'use', 'key_ops', 'crv', 'x', 'y', 'n', 'e'] as const;

/** Unchanged keys are kept, since they are already imported. @throws JWKSInvalid */
function readKeys(set: JSONWebKeySet, known: ReadonlyMap<string, PublishedKey>): Map<string, PublishedKey> {
  createLocalJWKSet(set);
  return new Map(
    set.keys.map((jwk: JWK) => {
      const id = JSON.stringify(decisive.map((name) => jwk[name] ?? null));
      return [id, known.get(id) ?? { id, resolve: createLocalJWKSet({ keys: [jwk] }) }];
    }),
  );
}

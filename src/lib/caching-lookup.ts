import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';
import { lookupFunction } from './lookup-function.js';

export interface CachingLookupOptions {
  /** All addresses of a host. Default: the system's resolver, `dns.lookup`. */
  resolve?(hostname: string): Promise<LookupAddress[]>;
  /** How long a result is fresh, milliseconds. */
  ttlMs?: number;
  /** How long to wait for a lookup when there is a stale result. */
  slowMs?: number;
  /** How long a stale result may be used while lookups fail, milliseconds. */
  maxStaleMs?: number;
  /** Monotonic, milliseconds. */
  now?(): number;
}

interface Entry {
  addresses: LookupAddress[];
  resolvedAt: number;
  /** The lookup in progress, and since when. Never rejects. */
  refresh: { since: number; done: Promise<void> } | undefined;
  /** No lookup before this time, because the last one failed. */
  retryAt: number;
  failure: Error | undefined;
}

/** One provider uses few hosts. */
const maxHosts = 16;
const retryMs = 1000;
const resolveBySystem = (hostname: string): Promise<LookupAddress[]> =>
  promisify(systemLookup)(hostname, { all: true });

/**
 * Caching DNS lookup for a provider's agent: concurrent lookups of a host are coalesced, a result is fresh for `ttlMs`,
 * and while DNS fails or is slow the stale result is used. A wrong address is harmless: TLS checks the certificate
 * against the host name.
 */
export function createCachingLookup(options: CachingLookupOptions = {}): LookupFunction {
  const {
    resolve = resolveBySystem,
    ttlMs = 60_000,
    slowMs = 250,
    maxStaleMs = 24 * 3_600_000,
    now = () => performance.now(),
  } = options;
  const entries = new LRUCache<string, Entry>({ max: maxHosts });

  function entryOf(hostname: string): Entry {
    const entry = entries.get(hostname) ?? newEntry();
    entries.set(hostname, entry);
    return entry;
  }

  async function refresh(hostname: string, entry: Entry): Promise<void> {
    try {
      const addresses = await resolve(hostname);
      if (addresses.length === 0) throw new Error(`${hostname} has no address`);
      Object.assign(entry, { addresses, resolvedAt: now(), failure: undefined });
    } catch (error) {
      entry.failure = error instanceof Error ? error : new Error(String(error));
      entry.retryAt = now() + retryMs;
    } finally {
      entry.refresh = undefined;
    }
  }

  async function find(hostname: string): Promise<LookupAddress[]> {
    const entry = entryOf(hostname);
    const age = now() - entry.resolvedAt;
    if (age < ttlMs) return entry.addresses;
    const hasOlder = age < maxStaleMs;
    if (!entry.refresh && hasOlder && now() < entry.retryAt) return entry.addresses;
    entry.refresh ??= { since: now(), done: refresh(hostname, entry) };
    const { since, done } = entry.refresh;
    if (hasOlder) await atMost(done, since + slowMs - now());
    else await done;
    if (now() - entry.resolvedAt < maxStaleMs) return entry.addresses;
    throw entry.failure ?? new Error(`${hostname} has no address`);
  }

  return lookupFunction(find);
}

function newEntry(): Entry {
  return {
    addresses: [],
    resolvedAt: Number.NEGATIVE_INFINITY,
    refresh: undefined,
    retryAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
  };
}

/** Waits at most `ms` for `work`, which must not reject. */
async function atMost(work: Promise<void>, ms: number): Promise<void> {
  if (ms <= 0) return;
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, timeUp]);
  clearTimeout(timer);
}

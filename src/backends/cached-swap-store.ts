import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.js';
import { one } from '../lib/lru-size.js';
import type { SwapStore } from '../swap/ports.js';
import { type EndedSwap, isEnded, lateUntilOf } from '../swap/swap.js';

/** A `SwapStore` with an LRU cache of finished swaps. */
export interface CachedSwapStore extends SwapStore {
  /** A finished swap from the cache; undefined says nothing about the store. */
  peekCached(id: string): EndedSwap | undefined;
}

/** One or two kilobytes each. */
const maxCached = 10_000;

/** Tolerated clock difference between instances. */
const clockToleranceMs = 600_000;

/**
 * Caches finished swaps, which never change until they expire, however many processes share the store. A failed swap that
 * may still get a late result, on any instance, is not cached.
 */
export function createCachedSwapStore(store: SwapStore, clock: Pick<Clock, 'now'>): CachedSwapStore {
  const ended = new LRUCache<string, EndedSwap>({ maxSize: maxCached, sizeCalculation: one });
  const peekCached = (id: string): EndedSwap | undefined => {
    const swap = ended.get(id);
    return swap && swap.expiresAt > clock.now() ? swap : undefined;
  };
  /** @param readAt when the record was read, or before */
  const keep = (swap: EndedSwap, readAt: number): void => {
    const lateUntil = lateUntilOf(swap);
    const mayChange =
      lateUntil !== undefined && swap.lateResult === undefined && readAt < lateUntil + clockToleranceMs;
    if (!mayChange) ended.set(swap.id, swap);
  };
  return {
    ...store,
    peekCached,
    async finish(swap) {
      const readAt = clock.now();
      const outcome = await store.finish(swap);
      keep(outcome.swap, readAt);
      return outcome;
    },
    async get(id) {
      const cached = peekCached(id);
      if (cached) return cached;
      const readAt = clock.now();
      const swap = await store.get(id);
      if (swap && isEnded(swap)) keep(swap, readAt);
      return swap;
    },
  };
}

import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.js';
import { awaitsArchive } from '../swap/archive.js';
import type { ErasureTopic } from '../swap/erasure.js';
import type { SwapStore } from '../swap/ports.js';
import { type EndedSwap, isEnded, lateUntilOf } from '../swap/swap.js';

/** A `SwapStore` with an LRU cache of finished swaps. */
export interface CachedSwapStore extends SwapStore {
  /** A finished swap from the cache; undefined says nothing about the store. */
  peekCached(id: string): EndedSwap | undefined;
}

const maxCached = 10_000;
/** In characters of URLs, most of which take one byte. */
const maxCachedSize = 32 * 1024 * 1024;
/** Of a swap without its URLs. */
const baseSize = 1024;

/** Tolerated clock difference between instances. */
const clockToleranceMs = 600_000;

/**
 * Caches finished swaps that do not change until they expire, however many processes share the store. A failed swap that
 * may still get a late result, or a swap whose files are still being copied, on any instance, is not cached. An erased one is
 * dropped.
 */
export function createCachedSwapStore(
  store: SwapStore,
  clock: Pick<Clock, 'now'>,
  erasures?: Pick<ErasureTopic, 'listen'>,
): CachedSwapStore {
  const ended = new LRUCache<string, EndedSwap>({
    max: maxCached,
    maxSize: maxCachedSize,
    sizeCalculation: sizeOf,
  });
  const peekCached = (id: string): EndedSwap | undefined => {
    const swap = ended.get(id);
    return swap && swap.expiresAt > clock.now() ? swap : undefined;
  };
  /** Increases with each erasure: what was read before one may be outdated. */
  let erased = 0;
  erasures?.listen((swapId) => {
    erased += 1;
    if (swapId === undefined) ended.clear();
    else ended.delete(swapId);
  });
  /** @param readAt when the record was read, or before. @param erasedThen the value of `erased` then */
  const keep = (swap: EndedSwap, readAt: number, erasedThen: number): void => {
    if (erased !== erasedThen) return;
    const lateUntil = lateUntilOf(swap);
    const mayChange =
      lateUntil !== undefined && swap.lateResult === undefined && readAt < lateUntil + clockToleranceMs;
    if (!mayChange && !awaitsArchive(swap)) ended.set(swap.id, swap);
  };
  return {
    ...store,
    peekCached,
    async finish(swap) {
      const [readAt, erasedThen] = [clock.now(), erased];
      const outcome = await store.finish(swap);
      keep(outcome.swap, readAt, erasedThen);
      return outcome;
    },
    async saveArchive(swap, archive) {
      const [readAt, erasedThen] = [clock.now(), erased];
      const outcome = await store.saveArchive(swap, archive);
      keep(outcome.swap, readAt, erasedThen);
      return outcome;
    },
    async get(id) {
      const cached = peekCached(id);
      if (cached) return cached;
      const [readAt, erasedThen] = [clock.now(), erased];
      const swap = await store.get(id);
      if (swap && isEnded(swap)) keep(swap, readAt, erasedThen);
      return swap;
    },
  };
}

function sizeOf({ request, result, lateResult }: EndedSwap): number {
  const texts = [
    ...Object.values(request),
    ...[result, lateResult?.result].flatMap((output) => [
      ...(output?.output ?? []),
      ...(output?.proxyLinks ?? []),
    ]),
  ];
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 0), baseSize);
}

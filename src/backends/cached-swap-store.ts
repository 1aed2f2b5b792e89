import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.js';
import type { SwapStore } from '../swap/ports.js';
import { type EndedSwap, isEnded, lateUntilOf } from '../swap/swap.js';

/** A store that has the swaps at hand that were read or ended last. */
export interface StoreWithEndedSwaps extends SwapStore {
  /** The swap if it has ended and is at hand; undefined says nothing about the store. */
  endedAtHand(id: string): EndedSwap | undefined;
}

/** Of one or two kilobytes each. */
const maxAtHand = 10_000;

/** Tolerated clock difference between instances. */
const clockToleranceMs = 600_000;

/**
 * Keeps ended swaps in memory, since they never change: until they expire they are the same in the store, whoever asks and
 * however many processes share it. A failed swap that may still get a late result, on whichever instance, is left out.
 */
export function withEndedSwapsAtHand(store: SwapStore, clock: Pick<Clock, 'now'>): StoreWithEndedSwaps {
  const ended = new LRUCache<string, EndedSwap>({ max: maxAtHand });
  const endedAtHand = (id: string): EndedSwap | undefined => {
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
    endedAtHand,
    async finish(swap) {
      const readAt = clock.now();
      const outcome = await store.finish(swap);
      keep(outcome.swap, readAt);
      return outcome;
    },
    async get(id) {
      const atHand = endedAtHand(id);
      if (atHand) return atHand;
      const readAt = clock.now();
      const swap = await store.get(id);
      if (swap && isEnded(swap)) keep(swap, readAt);
      return swap;
    },
  };
}

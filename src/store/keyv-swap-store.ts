import { Keyv, type KeyvStorageAdapter } from 'keyv';
import type { Clock, SwapStore } from '../swap/ports.js';
import { type EndedSwap, type LateResult, lateUntilOf, type PendingSwap } from '../swap/swap.js';
import { unavailable } from '../swap/swap-error.js';

export interface KeyvSwapStoreOptions {
  /** Where pending swaps stand. */
  pending: KeyvStorageAdapter;
  /** Ended swaps. Must be write-once: a `set` on a key that has a value gives false and changes nothing. */
  ended: KeyvStorageAdapter;
  clock: Pick<Clock, 'now'>;
  /** How long a pending swap can live at most, milliseconds; its record goes after that. */
  pendingTtlMs: number;
}

/** Beside the ended records, under a name that no swap has. */
const lateKey = (id: string): string => `late:${id}`;

/**
 * Two records a swap: one that is written over while it is pending, and one, written once, for its end. Reading looks
 * for the end first, so a late write of the other can never bring the swap back. A failed swap whose result arrived late
 * has a third one, written once too.
 */
export function createKeyvSwapStore({
  pending,
  ended,
  clock,
  pendingTtlMs,
}: KeyvSwapStoreOptions): SwapStore {
  // No error listener on purpose: with one, keyv turns a broken store into a miss; without, it throws.
  const pendingSwaps = new Keyv<PendingSwap>({ store: pending });
  const endedSwaps = new Keyv<EndedSwap>({ store: ended });
  const lateResults = new Keyv<LateResult>({ store: ended });

  const reach = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw unavailable(error);
    }
  };

  const getEnded = async (id: string): Promise<EndedSwap | undefined> => {
    const swap = await reach(endedSwaps.get<EndedSwap>(id));
    if (!swap || lateUntilOf(swap) === undefined) return swap;
    const late = await reach(lateResults.get<LateResult>(lateKey(id)));
    return late ? withLateResult(swap, late) : swap;
  };

  return {
    async save(swap) {
      const isSaved = await reach(pendingSwaps.set(swap.id, swap, pendingTtlMs));
      if (!isSaved) throw unavailable(new Error('the store refused a write'));
    },
    async discard(id) {
      await reach(pendingSwaps.delete(id));
    },
    async settle(swap) {
      const ttlMs = Math.max(swap.expiresAt - clock.now(), 1);
      const first = await reach(endedSwaps.set(swap.id, swap, ttlMs));
      const standing = first ? swap : await getEnded(swap.id);
      if (!standing) throw unavailable(new Error('the store lost the end of a swap'));
      // Nobody looks at it any more, and if it stays it expires.
      pendingSwaps.delete(swap.id).catch(() => undefined);
      return { swap: standing, first };
    },
    async keepLate(swap, late) {
      const ttlMs = Math.max(swap.expiresAt - clock.now(), 1);
      const first = await reach(lateResults.set(lateKey(swap.id), late, ttlMs));
      const standing = first ? withLateResult(swap, late) : await getEnded(swap.id);
      if (!standing) throw unavailable(new Error('the store lost the end of a swap'));
      return { swap: standing, first };
    },
    async get(id) {
      // The third read: between the first two the swap may have ended, which removes the pending record.
      return (await getEnded(id)) ?? (await reach(pendingSwaps.get<PendingSwap>(id))) ?? (await getEnded(id));
    },
    async ping() {
      await reach(endedSwaps.has('ping'));
    },
  };
}

function withLateResult(swap: EndedSwap, late: LateResult): EndedSwap {
  const modelsLabId = swap.modelsLabId ?? late.modelsLabId;
  return { ...swap, lateResult: late, ...(modelsLabId !== undefined && { modelsLabId }) };
}

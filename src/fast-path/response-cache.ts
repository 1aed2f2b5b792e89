import { LRUCache } from 'lru-cache';
import type { CompiledOperation } from '../graphql/execution/compiled-operations.js';
import type { EndedSwap } from '../swap/swap.js';

/**
 * Caches the last response for each finished swap whose record is in memory. An operation's response is the same for every caller
 * that may see the swap.
 */
export interface ResponseCache {
  get(swap: EndedSwap, operation: CompiledOperation): string | undefined;
  set(swap: EndedSwap, operation: CompiledOperation, body: string): void;
}

interface CachedResponse {
  /** The record that was read: what is added to a swap after its end makes a new one. */
  swap: EndedSwap;
  operation: CompiledOperation;
  body: string;
  period: number;
}

/** In characters, most of which take one byte. */
const maxSize = 32 * 1024 * 1024;

/** @param urlPeriod changes whenever the file URLs of swaps do */
export function createResponseCache(urlPeriod: () => number = () => 0): ResponseCache {
  const responses = new LRUCache<string, CachedResponse>({
    maxSize,
    sizeCalculation: ({ body }, key) => body.length + key.length,
  });
  return {
    get(swap, operation) {
      const cached = responses.get(swap.id);
      const isCurrent =
        cached?.operation === operation && cached.swap === swap && cached.period === urlPeriod();
      return isCurrent ? cached.body : undefined;
    },
    set(swap, operation, body) {
      responses.set(swap.id, { swap, operation, body, period: urlPeriod() });
    },
  };
}

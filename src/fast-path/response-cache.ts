import { LRUCache } from 'lru-cache';
import type { CompiledOperation } from '../graphql/execution/compiled-operations.js';
import type { EndedSwap } from '../swap/swap.js';

/**
 * Caches the last response for each finished swap. Such a swap does not change until it expires, so an operation's response is
 * the same for every caller that may see the swap.
 */
export interface ResponseCache {
  get(swap: EndedSwap, operation: CompiledOperation): string | undefined;
  set(swap: EndedSwap, operation: CompiledOperation, body: string): void;
}

/** In characters, most of which take one byte. */
const maxSize = 32 * 1024 * 1024;

export function createResponseCache(): ResponseCache {
  const responses = new LRUCache<string, { operation: CompiledOperation; body: string }>({
    maxSize,
    sizeCalculation: ({ body }, key) => body.length + key.length,
  });
  return {
    get(swap, operation) {
      const cached = responses.get(swap.id);
      return cached?.operation === operation ? cached.body : undefined;
    },
    set(swap, operation, body) {
      responses.set(swap.id, { operation, body });
    },
  };
}

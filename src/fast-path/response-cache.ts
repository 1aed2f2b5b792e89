import { LRUCache } from 'lru-cache';
import type { CompiledOperation } from '../graphql/execution/compiled-operations.js';
import type { EndedSwap } from '../swap/swap.js';

/**
 * Response cache for finished swaps: such a swap does not change until it expires, so the response to an operation is the
 * same for every caller that may see the swap.
 */
export interface EndedAnswers {
  get(swap: EndedSwap, operation: CompiledOperation): string | undefined;
  set(swap: EndedSwap, operation: CompiledOperation, body: string): void;
}

/** In characters, as most of it is. */
const maxSize = 32 * 1024 * 1024;

export function createEndedAnswers(): EndedAnswers {
  const answers = new LRUCache<string, { operation: CompiledOperation; body: string }>({
    maxSize,
    sizeCalculation: ({ body }, key) => body.length + key.length,
  });
  return {
    get(swap, operation) {
      const answer = answers.get(swap.id);
      return answer?.operation === operation ? answer.body : undefined;
    },
    set(swap, operation, body) {
      answers.set(swap.id, { operation, body });
    },
  };
}

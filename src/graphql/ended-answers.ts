import { LRUCache } from 'lru-cache';
import type { EndedSwap } from '../swap/swap.js';
import type { Operation } from './operations.js';

/**
 * Answers about swaps that have ended and that the store has cached: nothing changes in such a swap until it expires, so
 * one answer to an operation is as good for whoever may see the swap as the next one would be.
 */
export interface EndedAnswers {
  get(swap: EndedSwap, operation: Operation): string | undefined;
  set(swap: EndedSwap, operation: Operation, body: string): void;
}

/** In characters, as most of it is. */
const maxSize = 32 * 1024 * 1024;

export function createEndedAnswers(): EndedAnswers {
  const answers = new LRUCache<string, { operation: Operation; body: string }>({
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

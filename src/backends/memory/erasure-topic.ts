import type { ErasureTopic } from '../../swap/erasure.js';

/** The erasures of a single process. */
export function createMemoryErasureTopic(): ErasureTopic {
  const listeners = new Set<(swapId: string | undefined) => void>();
  return {
    async announce(swapId) {
      for (const listener of listeners) listener(swapId);
    },
    listen: (listener) => void listeners.add(listener),
  };
}

import { contain, type FaultReporter } from '../../lib/contain.js';
import type { SwapPubSub } from '../../swap/ports.js';
import type { Swap } from '../../swap/swap.js';

/** Pub/sub within one process. Calls the listeners synchronously, one after another; each bounds its own buffer. */
export function createMemoryPubSub(report: FaultReporter): SwapPubSub {
  const topics = new Map<string, Set<(swap: Swap) => void>>();
  return {
    publish(swap) {
      for (const listener of topics.get(swap.id) ?? []) contain(report, 'events', () => listener(swap));
    },
    async subscribe(id, listener) {
      const listeners = topics.get(id) ?? new Set();
      topics.set(id, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && topics.get(id) === listeners) topics.delete(id);
      };
    },
    async close() {
      topics.clear();
    },
  };
}

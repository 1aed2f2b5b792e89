import { contain, type FaultReporter } from '../../lib/contain.js';
import { ListenerMap } from '../../lib/listener-map.js';
import type { SwapPubSub } from '../../swap/ports.js';
import type { Swap } from '../../swap/swap.js';

/** Pub/sub within one process. Calls the listeners synchronously, one after another; each bounds its own buffer. */
export function createMemoryPubSub(report: FaultReporter): SwapPubSub {
  const listeners = new ListenerMap<Swap>();
  return {
    publish(swap) {
      for (const listener of listeners.of(swap.id)) contain(report, 'events', () => listener(swap));
    },
    async subscribe(id, listener) {
      return listeners.add(id, listener);
    },
    async close() {
      listeners.clear();
    },
  };
}

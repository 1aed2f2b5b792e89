import type { SwapQueue } from '../../swap/ports.js';
import type { AdminRoute } from './admin-route.js';

export interface QueueRouteOptions {
  queue: Pick<SwapQueue, 'counts' | 'pausedMs'>;
  /** MODELSLAB_QUEUE_LIMIT. */
  slots: number;
  /** False while the circuit breaker of this instance holds submissions back. */
  isUpstreamAvailable(): boolean;
}

/** `GET /queue`: the queue of the whole deployment, and whether it is paused. */
export function createQueueRoute({ queue, slots, isUpstreamAvailable }: QueueRouteOptions): AdminRoute {
  return {
    method: 'GET',
    path: '/queue',
    act: 'queue.read',
    async run() {
      const [{ waiting, running, unresolved }, pausedMs] = await Promise.all([
        queue.counts(),
        queue.pausedMs(),
      ]);
      return {
        slots,
        waiting,
        running,
        unresolved,
        paused: pausedMs > 0,
        pausedMs,
        upstreamAvailable: isUpstreamAvailable(),
      };
    },
  };
}

import type { Clock } from '../lib/clock.js';
import { createKeyedSemaphore, releaseAll, tryAcquireAll } from '../lib/keyed-semaphore.js';
import { accountsOf } from './principal.js';
import type { Swap } from './swap.js';
import type { SwapWatch } from './watch.js';

/** How long a response may be held for its swap to finish. */
export interface Wait {
  ms: number;
  /** Aborts when the client no longer waits; absent: it waits for as long as `ms`. */
  signal?: AbortSignal | undefined;
}

/**
 * Resolves with the swap once it is finished, the time is up, the client has left, or the gateway is draining; at once if the client
 * already has the maximum number of held responses; those of a client token count on its parent as well.
 * @throws UNAVAILABLE when the store or pub/sub cannot be reached
 */
export type WaitForEnd = (swap: Swap, wait: Wait) => Promise<Swap>;

interface WaitDeps {
  watch: SwapWatch;
  clock: Clock;
  /** When aborted, every held response is sent. */
  draining: AbortSignal;
  maxWaitsPerClient: number;
}

export function createWaitForEnd({ watch, clock, draining, maxWaitsPerClient }: WaitDeps): WaitForEnd {
  const held = createKeyedSemaphore(maxWaitsPerClient);

  return async (swap, { ms, signal }) => {
    const accounts = accountsOf(swap.client);
    if (signal?.aborted || !tryAcquireAll(held, accounts)) return swap;
    const done = new AbortController();
    try {
      const feed = await watch(swap.id, { isVisible: () => true, wantsPosition: false });
      let last = swap;
      const follow = async (): Promise<void> => {
        for await (const next of feed) last = next.swap;
      };
      const ends = [done.signal, draining, ...(signal ? [signal] : [])];
      try {
        await Promise.race([follow(), clock.sleep(ms, AbortSignal.any(ends))]);
      } finally {
        done.abort();
        await feed.return();
      }
      return last;
    } finally {
      releaseAll(held, accounts);
    }
  };
}

import { SwapProgressDocument } from '../generated/graphql.js';
import type { HeldConnections } from './held-connections.js';
import type { Http } from './http.js';
import { pause } from './signals.js';
import { SwapClientError } from './swap-client-error.js';
import { isEnded, type Swap, type SwapFollower } from './swap-state.js';

/** Seconds for which the gateway holds its response. Short while queued, because only the end of a swap releases it early. */
const holdSeconds = { QUEUED: 5, PROCESSING: 20 };
const pauseMs = 2000;

/** Follows swaps by requests that the gateway holds until the swap is finished; by short ones if no connection can be spared. */
export function createPollFollower({ http, held }: { http: Http; held: HeldConnections }): SwapFollower {
  return async (id, onState, signal) => {
    let last: Swap | undefined;
    let mayHold = true;
    for (;;) {
      const release = last && mayHold ? held.take() : undefined;
      if (last && !release) await pause(pauseMs, signal);
      const wait = last && release ? holdSeconds[last.status as keyof typeof holdSeconds] : 0;
      const since = Date.now();
      try {
        const { swapResult } = await http.post(
          SwapProgressDocument,
          { id, wait },
          { signal, waitSeconds: wait },
        );
        if (!swapResult) throw new SwapClientError('NOT_FOUND', 'There is no such swap.');
        onState(swapResult);
        if (isEnded(swapResult)) return swapResult;
        last = swapResult;
      } catch (error) {
        // The gateway limits how many responses it holds for a client.
        if (wait === 0 || !(error instanceof SwapClientError) || error.code !== 'RATE_LIMITED') throw error;
        mayHold = false;
      } finally {
        release?.();
      }
      // It was not held.
      if (wait > 0 && Date.now() - since < pauseMs) await pause(pauseMs, signal);
    }
  };
}

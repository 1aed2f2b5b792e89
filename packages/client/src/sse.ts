import { retry } from './retry.js';
import { withSignal } from './signals.js';
import { createSseFollower } from './sse-follower.js';
import { createStandaloneHttp, type StandaloneOptions } from './standalone.js';
import type { FollowOptions } from './swap-client-types.js';
import type { Swap } from './swap-state.js';

export type { FollowOptions, StandaloneOptions, Swap };

/**
 * Follows swaps by server-sent events alone, without the WebSocket client: for a page that shows a swap which a server requested.
 *
 * @returns a function that follows a swap to its end, across lost connections, as `watch` of the client does
 * @throws SwapClientError, BAD_URL
 */
export function createSseWatcher(
  options: StandaloneOptions,
): (id: string, options?: FollowOptions) => Promise<Swap> {
  const { http, credentials } = createStandaloneHttp(options);
  const follow = createSseFollower({ http });
  return (id, { onUpdate, signal } = {}) =>
    withSignal([signal], undefined, (either) => {
      let last: string | undefined;
      return retry(
        (onProgress) =>
          follow(
            id,
            (swap) => {
              onProgress();
              const state = JSON.stringify(swap);
              if (state !== last) onUpdate?.(swap);
              last = state;
            },
            either,
          ),
        { attempts: 12, signal: either, hasResponded: http.hasResponded, renew: credentials.renew },
      );
    });
}

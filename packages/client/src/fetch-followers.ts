import { createHeldConnections } from './held-connections.js';
import type { Http } from './http.js';
import { createPollFollower } from './poll-follower.js';
import { createSseFollower } from './sse-follower.js';
import type { SwapFollower } from './swap-state.js';

/**
 * What follows swaps without WebSockets, loaded when it is needed. Over HTTP/1.1 a page has few connections to a host: when they are
 * taken, `sse` polls.
 *
 * @param base the gateway's URL
 */
export function createFetchFollowers(base: string, http: Http): { sse: SwapFollower; poll: SwapFollower } {
  const held = createHeldConnections(base);
  const poll = createPollFollower({ http, held });
  const stream = createSseFollower({ http });
  return {
    poll,
    async sse(id, onState, signal) {
      const release = held.take();
      if (!release) return poll(id, onState, signal);
      try {
        return await stream(id, onState, signal);
      } finally {
        release();
      }
    },
  };
}

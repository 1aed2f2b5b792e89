import type { Credentials } from './credentials.js';
import type { Http } from './http.js';
import { throwIfAborted } from './signals.js';
import { SwapClientError } from './swap-client-error.js';
import type { TransportName } from './swap-client-types.js';
import type { SwapFollower } from './swap-state.js';
import { createWsFollower, hasWebSocket } from './ws-follower.js';

export interface FollowerOptions {
  base: string;
  credentials: Credentials;
  http: Http;
  transport?: 'auto' | TransportName | undefined;
  webSocketImpl?: unknown;
  keepAliveMs?: number | undefined;
}

/** With `auto`, waiting for a proxy that swallows the upgrade should not take longer than this. */
const connectMs = 5000;

/** Follows swaps over the transport that was chosen, or over the first that works. */
export function createFollower(options: FollowerOptions): SwapFollower {
  const { base, http, transport = 'auto', webSocketImpl, keepAliveMs = 10_000, credentials } = options;
  const working = new Set<TransportName>();
  let first: TransportName = 'ws';
  let webSocket: SwapFollower | undefined;

  const followers: Record<TransportName, SwapFollower> = {
    ws(id, onState, signal) {
      if (!hasWebSocket(webSocketImpl))
        throw new SwapClientError('NO_WEBSOCKET', 'This runtime has no WebSocket: pass `webSocketImpl`.');
      webSocket ??= createWsFollower({
        base,
        credentials,
        webSocketImpl,
        keepAliveMs,
        connectMs: transport === 'auto' ? Math.min(connectMs, keepAliveMs) : keepAliveMs,
        onConnected: () => working.add('ws'),
      });
      return webSocket(id, onState, signal);
    },
    async sse(id, onState, signal) {
      const { createFetchFollowers } = await import('./fetch-followers.js');
      return createFetchFollowers(base, http).sse(id, onState, signal);
    },
    async poll(id, onState, signal) {
      const { createFetchFollowers } = await import('./fetch-followers.js');
      return createFetchFollowers(base, http).poll(id, onState, signal);
    },
  };

  const isPossible = (name: TransportName): boolean =>
    name === 'ws' ? hasWebSocket(webSocketImpl) : name === 'poll' || typeof ReadableStream === 'function';

  const followAutomatically: SwapFollower = async (id, onState, signal) => {
    const all: TransportName[] = ['ws', 'ws', 'sse', 'poll'];
    const names = all.slice(all.indexOf(first)).filter(isPossible);
    let failure: unknown;
    for (const [index, name] of names.entries()) {
      let hasDelivered = false;
      const deliver: typeof onState = (swap) => {
        hasDelivered = true;
        working.add(name);
        // If an earlier one has ever worked, the gateway was just not there.
        if (!names.slice(0, index).some((failed) => working.has(failed))) first = name;
        onState(swap);
      };
      try {
        return await followers[name](id, deliver, signal);
      } catch (error) {
        throwIfAborted(signal);
        if (hasDelivered || !(error instanceof SwapClientError) || !isOfTransport(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  };
  return transport === 'auto' ? followAutomatically : followers[transport];
}

/** Whether another transport may do better. */
const isOfTransport = ({ isTransient, code }: SwapClientError): boolean =>
  isTransient || code === 'BAD_ANSWER';

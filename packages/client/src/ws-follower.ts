import { createClient } from 'graphql-ws/client';
import { SwapUpdatedDocument, type SwapUpdatedSubscription } from '../generated/graphql.js';
import type { Credentials } from './credentials.js';
import { reasonOf } from './signals.js';
import { fromGraphqlError, type GraphqlErrorLike, SwapClientError } from './swap-client-error.js';
import { isEnded, type Swap, type SwapFollower } from './swap-state.js';

export interface WsFollowerOptions {
  /** The gateway's URL, http or https. */
  base: string;
  credentials: Credentials;
  webSocketImpl: unknown;
  /** Milliseconds between pings. If the pong takes longer than that, the connection counts as lost. */
  keepAliveMs: number;
  /** Milliseconds until the connection must have been acknowledged. */
  connectMs: number;
  /** Called when the gateway has acknowledged a connection. */
  onConnected(): void;
}

/** Whether this runtime has WebSockets, or one was given. */
export const hasWebSocket = (webSocketImpl: unknown): boolean =>
  typeof (webSocketImpl ?? (globalThis as { WebSocket?: unknown }).WebSocket) === 'function';

/** Shares one socket among all swaps that are being followed; it is open only while there are any. */
export function createWsFollower(options: WsFollowerOptions): SwapFollower {
  const { base, credentials, webSocketImpl, keepAliveMs, connectMs, onConnected } = options;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const clearSilenceTimer = (): void => clearTimeout(silence);
  const startSilenceTimer = (ms: number): void => {
    clearSilenceTimer();
    silence = setTimeout(() => socket.terminate(), ms);
  };
  const socket = createClient({
    url: `${base.replace(/^http/i, 'ws')}/graphql`,
    connectionParams: async () => ({ authorization: await credentials.authorization() }),
    // The caller subscribes again; the initial state of the new subscription covers what was missed.
    retryAttempts: 0,
    keepAlive: keepAliveMs,
    on: {
      // A peer that disappeared without closing (a sleeping laptop, a lost network) is noticed only by its silence.
      connecting: () => startSilenceTimer(connectMs),
      connected: () => {
        clearSilenceTimer();
        onConnected();
      },
      ping: (isFromServer) => {
        if (!isFromServer) startSilenceTimer(keepAliveMs);
      },
      pong: (isFromServer) => {
        if (isFromServer) clearSilenceTimer();
      },
      closed: clearSilenceTimer,
      error: clearSilenceTimer,
    },
    ...(webSocketImpl !== undefined && { webSocketImpl }),
  });

  return (id, onState, signal) =>
    new Promise((resolve, reject) => {
      let last: Swap | undefined;
      const end = (complete: () => void): void => {
        signal.removeEventListener('abort', abort);
        // Deferred: graphql-ws loses count of its subscriptions, and then never closes the socket, if one is disposed
        // between a state and a "complete" that arrived in the same packet.
        Promise.resolve().then(() => unsubscribe());
        complete();
      };
      const fail = (reason: unknown): void => end(() => reject(reason));
      const finish = (otherwise: () => SwapClientError): void => {
        const swap = last;
        if (swap && isEnded(swap)) end(() => resolve(swap));
        else fail(otherwise());
      };
      const abort = (): void => fail(reasonOf(signal));
      const unsubscribe = socket.subscribe<SwapUpdatedSubscription>(
        { query: SwapUpdatedDocument.toString(), variables: { id } },
        {
          next({ data, errors }) {
            const swap = data?.swapUpdated;
            if (!swap) return fail(fromSocket(errors));
            last = swap;
            try {
              onState(swap);
            } catch (error) {
              // An error of the caller's callback; throwing it from here would tear down the shared socket.
              fail(error);
            }
          },
          error: (cause) => finish(() => fromSocket(cause)),
          // A gateway that shuts down completes its subscriptions before the swap has finished.
          complete: () =>
            finish(() => new SwapClientError('UNREACHABLE', 'The gateway closed the connection.')),
        },
      );
      signal.addEventListener('abort', abort, { once: true });
    });
}

/** @param cause GraphQL errors, a close event, or the error of the runtime's WebSocket or of the credentials */
function fromSocket(cause: unknown): SwapClientError {
  if (cause instanceof SwapClientError) return cause;
  if (Array.isArray(cause) && cause[0]) return fromGraphqlError(cause[0] as GraphqlErrorLike);
  const { code, reason } = (cause ?? {}) as { code?: unknown; reason?: unknown };
  if (code === 4401 || code === 4403)
    return new SwapClientError('UNAUTHENTICATED', 'The gateway rejected the API key or token.', { cause });
  if (code === 4400 || code === 4406)
    return new SwapClientError('BAD_ANSWER', `The gateway rejected the WebSocket: ${code} ${reason}`, {
      cause,
    });
  return new SwapClientError('UNREACHABLE', 'The connection to the gateway was lost.', { cause });
}

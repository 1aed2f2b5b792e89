import { createClient } from 'graphql-ws';
import { SwapUpdatedDocument, type SwapUpdatedSubscription } from './generated/graphql.js';
import { fromGraphqlError, type GraphqlErrorLike, SwapClientError } from './swap-client-error.js';

/** A swap as reported by the subscription. */
export type Swap = SwapUpdatedSubscription['swapUpdated'];

/** Whether the swap is in a terminal state: SUCCEEDED, FAILED, CANCELED or EXPIRED. */
export const isEnded = ({ status }: Pick<Swap, 'status'>): boolean =>
  status !== 'QUEUED' && status !== 'PROCESSING';

/**
 * Follows a swap over one subscription: the current state, then each change.
 *
 * @returns the finished swap
 * @throws SwapClientError, UNREACHABLE if the connection was lost; the signal's reason when aborted
 */
export type SwapFollower = (id: string, onState: (swap: Swap) => void, signal: AbortSignal) => Promise<Swap>;

export interface LiveSwapsOptions {
  /** The GraphQL endpoint, an http or https URL. */
  endpoint: string;
  authorization(): Promise<string | undefined>;
  webSocketImpl: unknown;
  /** Milliseconds between pings. If connecting, or the pong, takes longer than that, the connection counts as lost. */
  keepAliveMs: number;
}

/** Shares one socket among all swaps that are being followed; it is open only while there are any. */
export function createLiveSwaps(options: LiveSwapsOptions): SwapFollower {
  const { endpoint, authorization, webSocketImpl, keepAliveMs } = options;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const startSilenceTimer = (): void => {
    silence = setTimeout(() => socket.terminate(), keepAliveMs);
  };
  const clearSilenceTimer = (): void => clearTimeout(silence);
  const socket = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: await authorization() }),
    // The caller subscribes again; the initial state of the new subscription covers what was missed.
    retryAttempts: 0,
    keepAlive: keepAliveMs,
    on: {
      // A peer that disappeared without closing (a sleeping laptop, a lost network) is noticed only by its silence.
      connecting: startSilenceTimer,
      connected: clearSilenceTimer,
      ping: (isFromServer) => {
        if (!isFromServer) startSilenceTimer();
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
        queueMicrotask(unsubscribe);
        complete();
      };
      const fail = (reason: unknown): void => end(() => reject(reason));
      const finish = (otherwise: () => SwapClientError): void => {
        const swap = last;
        if (swap && isEnded(swap)) end(() => resolve(swap));
        else fail(otherwise());
      };
      const abort = (): void => fail(signal.reason);
      const unsubscribe = socket.subscribe<SwapUpdatedSubscription>(
        { query: SwapUpdatedDocument.toString(), variables: { id } },
        {
          next({ data, errors }) {
            const swap = data?.swapUpdated;
            if (!swap) return fail(fromSocket(errors, true));
            last = swap;
            try {
              onState(swap);
            } catch (error) {
              // An error of the caller's callback; throwing it from here would tear down the shared socket.
              fail(error);
            }
          },
          error: (cause) => finish(() => fromSocket(cause, last !== undefined)),
          // A gateway that shuts down completes its subscriptions before the swap has finished.
          complete: () =>
            finish(() => new SwapClientError('UNREACHABLE', 'The gateway closed the connection.')),
        },
      );
      signal.addEventListener('abort', abort, { once: true });
    });
}

/**
 * @param cause GraphQL errors, a close event, or the error of the runtime's WebSocket
 * @param wasAuthenticated whether the connection was authenticated before: then a token has expired, and the next one may be
 *   valid
 */
function fromSocket(cause: unknown, wasAuthenticated: boolean): SwapClientError {
  if (Array.isArray(cause) && cause[0]) return fromGraphqlError(cause[0] as GraphqlErrorLike);
  const { code, reason } = (cause ?? {}) as { code?: unknown; reason?: unknown };
  if ((code === 4401 || code === 4403) && !wasAuthenticated)
    return new SwapClientError('UNAUTHENTICATED', 'The gateway rejected the API key.', { cause });
  if (code === 4400 || code === 4406)
    return new SwapClientError('BAD_ANSWER', `The gateway rejected the WebSocket: ${code} ${reason}`, {
      cause,
    });
  return new SwapClientError('UNREACHABLE', 'The connection to the gateway was lost.', { cause });
}

import { createClient } from 'graphql-ws';
import { SwapUpdatedDocument, type SwapUpdatedSubscription } from './generated/graphql.js';
import { fromGraphqlError, type GraphqlErrorLike, SwapClientError } from './swap-client-error.js';

/** A swap as it is told live. */
export type Swap = SwapUpdatedSubscription['swapUpdated'];

/** Whether it has come to its end: SUCCEEDED, FAILED, CANCELED or EXPIRED, after which nothing changes. */
export const isEnded = ({ status }: Pick<Swap, 'status'>): boolean =>
  status !== 'QUEUED' && status !== 'PROCESSING';

/**
 * Follows a swap over one subscription: the state as it is, then each change.
 *
 * @returns the swap at its end
 * @throws SwapClientError, UNREACHABLE when the connection was lost; the signal's reason when aborted
 */
export type SwapFollower = (id: string, onState: (swap: Swap) => void, signal: AbortSignal) => Promise<Swap>;

export interface LiveSwapsOptions {
  /** The GraphQL endpoint, by its http or https address. */
  endpoint: string;
  authorization(): Promise<string | undefined>;
  webSocketImpl: unknown;
  /** Milliseconds between pings. A connection that takes as long to open, or to answer one, counts as lost. */
  keepAliveMs: number;
}

/** One socket for all swaps that are being followed, open while there are any. */
export function createLiveSwaps(options: LiveSwapsOptions): SwapFollower {
  const { endpoint, authorization, webSocketImpl, keepAliveMs } = options;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const expectAnswer = (): void => {
    silence = setTimeout(() => socket.terminate(), keepAliveMs);
  };
  const hear = (): void => clearTimeout(silence);
  const socket = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: await authorization() }),
    // Whoever follows subscribes again; the state that a subscription begins with makes up for what was missed.
    retryAttempts: 0,
    keepAlive: keepAliveMs,
    on: {
      // A peer that has gone without a word (a laptop asleep, a lost network) is noticed by its silence only.
      connecting: expectAnswer,
      connected: hear,
      ping: (isFromServer) => {
        if (!isFromServer) expectAnswer();
      },
      pong: (isFromServer) => {
        if (isFromServer) hear();
      },
      closed: hear,
      error: hear,
    },
    ...(webSocketImpl !== undefined && { webSocketImpl }),
  });

  return (id, onState, signal) =>
    new Promise((resolve, reject) => {
      let last: Swap | undefined;
      const settle = (finish: () => void): void => {
        signal.removeEventListener('abort', abort);
        // Not at once: graphql-ws loses count of its subscriptions, and then never closes the socket, when one is given up
        // between a state and a "complete" that came in the same packet.
        queueMicrotask(unsubscribe);
        finish();
      };
      const fail = (reason: unknown): void => settle(() => reject(reason));
      const finish = (otherwise: () => SwapClientError): void => {
        const swap = last;
        if (swap && isEnded(swap)) settle(() => resolve(swap));
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
              // The caller's own; thrown from here it would tear down the socket for everybody.
              fail(error);
            }
          },
          error: (cause) => finish(() => fromSocket(cause, last !== undefined)),
          // A gateway that shuts down ends its subscriptions in order, before the swap's own end.
          complete: () => finish(() => new SwapClientError('UNREACHABLE', 'The gateway hung up.')),
        },
      );
      signal.addEventListener('abort', abort, { once: true });
    });
}

/**
 * @param cause errors of GraphQL, a close event, or whatever the runtime's WebSocket failed with
 * @param wasLetIn whether the connection's key was good before: then a token has expired, and the next one may do
 */
function fromSocket(cause: unknown, wasLetIn: boolean): SwapClientError {
  if (Array.isArray(cause) && cause[0]) return fromGraphqlError(cause[0] as GraphqlErrorLike);
  const { code, reason } = (cause ?? {}) as { code?: unknown; reason?: unknown };
  if ((code === 4401 || code === 4403) && !wasLetIn)
    return new SwapClientError('UNAUTHENTICATED', 'The gateway refused the API key.', { cause });
  if (code === 4400 || code === 4406)
    return new SwapClientError('BAD_ANSWER', `The gateway refused the socket: ${code} ${reason}`, { cause });
  return new SwapClientError('UNREACHABLE', 'The connection to the gateway was lost.', { cause });
}

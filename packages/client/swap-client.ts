import {
  CancelSwapDocument,
  type CancelSwapMutation,
  GatewayStatusDocument,
  type GatewayStatusQuery,
  SingleFaceSwapDocument,
  type SingleFaceSwapInput,
  SwapResultDocument,
  type SwapResultQuery,
} from './generated/graphql.js';
import { createIdempotencyKeys } from './idempotency-keys.js';
import { createLiveSwaps, isEnded, type Swap } from './live-swaps.js';
import { createGraphqlPoster } from './post-graphql.js';
import { retry } from './retry.js';
import { SwapClientError } from './swap-client-error.js';

export type { SingleFaceSwapInput, Swap };
export { isEnded, SwapClientError };
export type SwapDetails = NonNullable<SwapResultQuery['swapResult']>;
export type CanceledSwap = CancelSwapMutation['cancelSwap'];
export type GatewayStatus = GatewayStatusQuery['gatewayStatus'];

export interface SwapClientOptions {
  /** The gateway's URL, such as `https://swaps.example.com`, with or without `/graphql`. */
  url: string;
  /** API key or token; a function is called for each request and each connection. */
  apiKey?: string | (() => string | Promise<string>);
  /** Consecutive failures without progress after which the client stops retrying. Default 12: about half a minute. */
  attempts?: number;
  /** Milliseconds between pings, and timeout of a pong. Default 10,000. */
  keepAliveMs?: number;
  /** For runtimes without a built-in WebSocket, such as Node 20. */
  webSocketImpl?: unknown;
}

export interface FollowOptions {
  /** Called with the initial state and with each change, the last one included, never twice with the same state. */
  onUpdate?(swap: Swap): void;
  /** Stops following; the swap itself continues. See `cancel`. */
  signal?: AbortSignal | undefined;
}

/**
 * Every method rejects with a SwapClientError, or with the signal's reason when aborted. Requests that are safe to
 * retry are retried (no connection, lost response, UNAVAILABLE, RATE_LIMITED), with exponential backoff.
 */
export interface SwapClient {
  /**
   * Requests a swap and follows it until it finishes, across any number of lost connections. Resolves whatever the
   * outcome: check `status`; a FAILED swap has an `error`. Without `idempotencyKey` or `reuse`, the same input uses one
   * generated key until its swap has finished, so that a lost response, a double click or another call after
   * UNREACHABLE never creates a second swap.
   */
  swap(input: SingleFaceSwapInput, options?: FollowOptions): Promise<Swap>;
  /** Follows a swap requested earlier, by another page or program. @throws NOT_FOUND */
  watch(id: string, options?: FollowOptions): Promise<Swap>;
  /** @param id the gateway's or ModelsLab's. @returns null if it does not exist or belongs to another client */
  get(id: string): Promise<SwapDetails | null>;
  /** Sent once: after UNREACHABLE, check the outcome with `get`. @throws NOT_FOUND, NOT_CANCELABLE */
  cancel(id: string): Promise<CanceledSwap>;
  /** Sent once, so that it also shows whether the gateway is reachable. */
  gatewayStatus(): Promise<GatewayStatus>;
  /** Aborts everything in flight with CLOSED. The swaps themselves continue. */
  close(): void;
}

/** A client for browsers and Node.js. Connects on first use; the socket is open only while a swap is followed. */
export function createSwapClient(options: SwapClientOptions): SwapClient {
  const { apiKey, attempts = 12, keepAliveMs = 10_000, webSocketImpl } = options;
  const endpoint = `${options.url.replace(/\/+(graphql\/*)?$/, '')}/graphql`;
  const authorization = async (): Promise<string | undefined> => {
    const key = typeof apiKey === 'function' ? await apiKey() : apiKey;
    return key ? `Bearer ${key}` : undefined;
  };
  const post = createGraphqlPoster({ endpoint, authorization });
  const follow = createLiveSwaps({ endpoint, authorization, webSocketImpl, keepAliveMs });
  const keys = createIdempotencyKeys();
  const lifetime = new AbortController();
  const within = (signal?: AbortSignal): AbortSignal =>
    signal ? AbortSignal.any([lifetime.signal, signal]) : lifetime.signal;

  async function watch(id: string, { onUpdate, signal }: FollowOptions, seen?: Swap): Promise<Swap> {
    let last = JSON.stringify(seen);
    const show = (swap: Swap): void => {
      const state = JSON.stringify(swap);
      if (state !== last) onUpdate?.(swap);
      last = state;
    };
    const bounds = { attempts, signal: within(signal) };
    const followOnce = (onProgress: () => void): Promise<Swap> =>
      follow(
        id,
        (swap) => {
          onProgress();
          show(swap);
        },
        bounds.signal,
      );
    return retry(followOnce, bounds).catch((error: unknown) => {
      if (!(error instanceof SwapClientError)) throw error;
      const { code, message, fields, retryAfter } = error;
      throw new SwapClientError(code, message, { fields, retryAfter, swapId: id, cause: error });
    });
  }

  return {
    async swap(input, { onUpdate, signal } = {}) {
      const bounds = { attempts, signal: within(signal) };
      const variables = { input: keys.attach(input) };
      const { singleFaceSwap: accepted } = await retry(
        () => post(SingleFaceSwapDocument, variables, bounds.signal),
        bounds,
      );
      onUpdate?.(accepted);
      const ended = isEnded(accepted) ? accepted : await watch(accepted.id, { onUpdate, signal }, accepted);
      keys.forget(input, variables.input.idempotencyKey);
      return ended;
    },
    watch: (id, followOptions = {}) => watch(id, followOptions),
    async get(id) {
      const bounds = { attempts, signal: lifetime.signal };
      return (await retry(() => post(SwapResultDocument, { id }, lifetime.signal), bounds)).swapResult;
    },
    cancel: async (id) => (await post(CancelSwapDocument, { id }, lifetime.signal)).cancelSwap,
    gatewayStatus: async () => (await post(GatewayStatusDocument, {}, lifetime.signal)).gatewayStatus,
    close: () => lifetime.abort(new SwapClientError('CLOSED', 'The client was closed.')),
  };
}

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
  /** The gateway's address, such as `https://swaps.example.com`, with or without `/graphql`. */
  url: string;
  /** API key or token; a function is asked for each request and each connection. */
  apiKey?: string | (() => string | Promise<string>);
  /** Failures in a row, without any news in between, after which it gives up. Default 12: about half a minute. */
  attempts?: number;
  /** Milliseconds between pings, and how long an answer to one may take. Default 10,000. */
  keepAliveMs?: number;
  /** For runtimes without a WebSocket of their own, such as Node 20. */
  webSocketImpl?: unknown;
}

export interface FollowOptions {
  /** Called with the state at first and with each change, the last one included, never twice with the same. */
  onUpdate?(swap: Swap): void;
  /** Stops following; the swap itself goes on. See `cancel`. */
  signal?: AbortSignal | undefined;
}

/**
 * Every method rejects with a SwapClientError, or with the signal's reason when aborted. What may simply be sent again is
 * (no connection, answer lost, UNAVAILABLE, RATE_LIMITED), with growing waits.
 */
export interface SwapClient {
  /**
   * Requests a swap and follows it to its end, over any number of lost connections. Resolves however it ends: look at
   * `status`, a FAILED one has an `error`. Without an `idempotencyKey` or `reuse` one key is made for the same input until its
   * end was seen, so that a lost answer, a double click or another call after UNREACHABLE never make a second swap.
   */
  swap(input: SingleFaceSwapInput, options?: FollowOptions): Promise<Swap>;
  /** Follows a swap that was requested before, on another page or by another program. @throws NOT_FOUND */
  watch(id: string, options?: FollowOptions): Promise<Swap>;
  /** @param id the gateway's or ModelsLab's. @returns null when there is none, or none of this API key's */
  get(id: string): Promise<SwapDetails | null>;
  /** Sent once: after UNREACHABLE ask `get` what became of it. @throws NOT_FOUND, NOT_CANCELABLE */
  cancel(id: string): Promise<CanceledSwap>;
  /** Sent once, so that it also answers whether there is a gateway. */
  gatewayStatus(): Promise<GatewayStatus>;
  /** Ends everything in flight with CLOSED. The swaps themselves go on. */
  close(): void;
}

/** A client for browsers and Node. Connects on first use; the socket is open only while a swap is followed. */
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
  const life = new AbortController();
  const within = (signal?: AbortSignal): AbortSignal =>
    signal ? AbortSignal.any([life.signal, signal]) : life.signal;

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
      const bounds = { attempts, signal: life.signal };
      return (await retry(() => post(SwapResultDocument, { id }, life.signal), bounds)).swapResult;
    },
    cancel: async (id) => (await post(CancelSwapDocument, { id }, life.signal)).cancelSwap,
    gatewayStatus: async () => (await post(GatewayStatusDocument, {}, life.signal)).gatewayStatus,
    close: () => life.abort(new SwapClientError('CLOSED', 'The client was closed.')),
  };
}

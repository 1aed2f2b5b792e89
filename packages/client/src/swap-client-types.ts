import type {
  CancelSwapMutation,
  EraseSwapMutation,
  GatewayStatusQuery,
  SamplesQuery,
  SingleFaceSwapInput,
  SwapResultQuery,
  SwapStatus,
  SwapsQuery,
} from '../generated/graphql.js';
import type { CredentialOptions } from './credentials.js';
import type { PendingSwap, SwapStorage } from './pending-swaps.js';
import type { Picture, UploadedPicture } from './picture.js';
import type { Swap } from './swap-state.js';

export type SwapDetails = NonNullable<SwapResultQuery['swapResult']>;
export type SwapSummary = SwapsQuery['swaps']['edges'][number]['node'];
export type CanceledSwap = CancelSwapMutation['cancelSwap'];
export type Erasure = EraseSwapMutation['eraseSwap'];
export type GatewayStatus = GatewayStatusQuery['gatewayStatus'];
export type Sample = SamplesQuery['samples'][number];

/** How swaps are followed: by WebSocket, by server-sent events, or by requests that the gateway holds. */
export type TransportName = 'ws' | 'sse' | 'poll';

export interface SwapClientOptions extends CredentialOptions {
  /**
   * The gateway's URL, such as `https://swaps.example.com`, with or without `/graphql`. In a page also a path of its own origin, such
   * as `/api`.
   */
  url: string;
  /**
   * Default `auto`: WebSocket; after two failed upgrades server-sent events; and if these do not arrive either, polling. What works is
   * remembered. `sse` and `poll` need nothing but `fetch`.
   */
  transport?: 'auto' | TransportName | undefined;
  /** Where pending swaps are kept, such as `localStorage`, so that a closed tab finds them again. Default: in memory. */
  storage?: SwapStorage | undefined;
  /** Name of the item in the storage. Use one per signed-in user. Default: one per gateway. */
  storageKey?: string | undefined;
  /** Consecutive failures without progress after which the client stops retrying. Default 12: about half a minute. */
  attempts?: number | undefined;
  /** Milliseconds between pings of a WebSocket, and timeout of a pong. Default 10,000. */
  keepAliveMs?: number | undefined;
  /** For runtimes without a built-in WebSocket, such as Node.js 20; without one, `auto` begins with server-sent events. */
  webSocketImpl?: unknown;
  /** Instead of the global one, such as Expo's, which can stream. */
  fetch?: typeof fetch | undefined;
}

export interface RequestOptions {
  /** Aborts the request; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface FollowOptions {
  /** Called with the initial state and with each change, the last one included, never twice with the same state. */
  onUpdate?: ((swap: Swap) => void) | undefined;
  /** Stops following; the swap itself continues. See `cancel`. */
  signal?: AbortSignal | undefined;
}

export interface ListOptions extends RequestOptions {
  /** Number of swaps, 0–100. Default 20. */
  first?: number | undefined;
  /** `endCursor` of the page before. */
  after?: string | null | undefined;
  /** Only swaps in one of these states. */
  status?: SwapStatus[] | undefined;
  /** ISO 8601: only swaps accepted later than this. */
  createdAfter?: string | undefined;
  /** ISO 8601: only swaps accepted earlier than this. */
  createdBefore?: string | undefined;
}

export interface SwapPage {
  /** Newest first. */
  swaps: SwapSummary[];
  /** Pass it as `after` to get the next page; null if the page is empty. */
  endCursor: string | null;
  hasNextPage: boolean;
}

/**
 * Every method rejects with a SwapClientError, or with the signal's reason when aborted. Requests that are safe to
 * retry are retried (no connection, lost response, UNAVAILABLE, RATE_LIMITED) with exponential backoff, but never for longer than 30 s
 * because the gateway asks to wait, and only twice as long as it has not responded at all.
 */
export interface SwapClient {
  /**
   * Requests a swap and follows it until it finishes, across any number of lost connections. Resolves whatever the
   * outcome: check `status`; a FAILED swap has an `error`. Without `idempotencyKey` or `reuse`, the same input uses one
   * generated key until its swap has finished, so that a lost response, a double click or another call after
   * UNREACHABLE never creates a second swap.
   */
  swap(input: SingleFaceSwapInput, options?: FollowOptions): Promise<Swap>;
  /**
   * Requests a swap without following it, with the same keys as `swap`. For a server, whose pages follow it themselves.
   *
   * @param options `wait`: seconds, 0–60, for which the response may be held until the swap is finished; default 0
   */
  request(
    input: SingleFaceSwapInput,
    options?: RequestOptions & { wait?: number | undefined },
  ): Promise<Swap>;
  /** Follows a swap requested earlier, by another page or program. @throws NOT_FOUND */
  watch(id: string, options?: FollowOptions): Promise<Swap>;
  /**
   * One long poll: responds when the swap is finished, or with its current state after some time.
   *
   * @param options `seconds`: 0–60, default 25; keep it below the time limits of proxies in between
   * @returns null if it does not exist or belongs to another client
   */
  wait(id: string, options?: RequestOptions & { seconds?: number | undefined }): Promise<Swap | null>;
  /** @param id the gateway's or ModelsLab's. @returns null if it does not exist or belongs to another client */
  get(id: string, options?: RequestOptions): Promise<SwapDetails | null>;
  /** A page of the caller's own swaps. */
  list(options?: ListOptions): Promise<SwapPage>;
  /** Pictures to try swaps with; none if ModelsLab could not fetch them. */
  samples(options?: RequestOptions): Promise<Sample[]>;
  /**
   * Uploads a picture, up to 10 MB. A lost response may leave an unused copy, which expires.
   *
   * @throws NO_PICTURE, PICTURE_TOO_LARGE, PICTURE_TYPE_NOT_SUPPORTED, PICTURE_UNREADABLE, TOO_SLOW
   */
  upload(picture: Picture, options?: RequestOptions): Promise<UploadedPicture>;
  /** Sent once: after UNREACHABLE, check the outcome with `get`. @throws NOT_FOUND, NOT_CANCELABLE */
  cancel(id: string, options?: RequestOptions): Promise<CanceledSwap>;
  /**
   * Erases a swap: its URLs, the gateway's copies of its pictures, and what else `parts` of the result lists. Erasing it again is safe, and tells how
   * far it is. @throws NOT_FOUND, FORBIDDEN
   */
  erase(id: string, options?: RequestOptions): Promise<Erasure>;
  /** Sent once, so that it also shows whether the gateway is reachable. */
  gatewayStatus(options?: RequestOptions): Promise<GatewayStatus>;
  /** Swaps whose end this client, or an earlier page with the same `storage`, has not seen, newest first. */
  pending(): Promise<PendingSwap[]>;
  /** Follows a pending swap to its end; if its request was never answered, sends it again with the same key. */
  resume(pending: PendingSwap, options?: FollowOptions): Promise<Swap>;
  /** Aborts everything in flight with CLOSED. The swaps themselves continue. */
  close(): void;
}

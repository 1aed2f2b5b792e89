/** This client adds those from `BAD_URL` on; the other codes come from the gateway. */
export type SwapClientErrorCode =
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'IDEMPOTENCY_CONFLICT'
  | 'NOT_CANCELABLE'
  | 'QUEUE_FULL'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'
  /** Of an upload: there is no file. */
  | 'NO_PICTURE'
  /** Of an upload: more bytes or pixels than the gateway accepts. */
  | 'PICTURE_TOO_LARGE'
  /** Of an upload: not a picture, or in a format that the gateway does not know. */
  | 'PICTURE_TYPE_NOT_SUPPORTED'
  /** Of an upload: the picture is damaged. */
  | 'PICTURE_UNREADABLE'
  /** Of an upload: its bytes arrived too slowly. */
  | 'TOO_SLOW'
  /** The `url` given to `createSwapClient` cannot be that of a gateway; thrown at creation. */
  | 'BAD_URL'
  /** `transport: 'ws'` in a runtime without WebSocket. */
  | 'NO_WEBSOCKET'
  /** No connection, no response in time, or a proxy's error page, after all attempts. */
  | 'UNREACHABLE'
  /** The server does not respond like a gateway: the URL is wrong, or the versions are incompatible. */
  | 'BAD_ANSWER'
  /** `close()` was called. */
  | 'CLOSED';

export interface SwapClientErrorDetails {
  fields?: readonly { path: string; message: string }[] | undefined;
  retryAfter?: number | undefined;
  swapId?: string | undefined;
  cause?: unknown;
}

/** The only error that a swap client throws itself; when aborted it rejects with the signal's reason, as `fetch` does. */
export class SwapClientError extends Error {
  override readonly name = 'SwapClientError';
  declare readonly code: SwapClientErrorCode | (string & {});
  /** For `BAD_USER_INPUT`: the problem with each argument. */
  declare readonly fields: readonly { path: string; message: string }[];
  /** Seconds until a retry can succeed, if the gateway said so. */
  declare readonly retryAfter: number | undefined;
  /** The swap that was being followed; `watch(swapId)` resumes it. */
  declare readonly swapId: string | undefined;
  declare readonly cause: unknown;

  constructor(
    code: SwapClientErrorCode | (string & {}),
    message: string,
    { fields = [], retryAfter, swapId, cause }: SwapClientErrorDetails = {},
  ) {
    super(message);
    this.code = code;
    this.fields = fields;
    this.retryAfter = retryAfter;
    this.swapId = swapId;
    this.cause = cause;
  }

  /** Whether the same request can be retried as is. `QUEUE_FULL` does not count: the caller should know about it. */
  get isTransient(): boolean {
    return ['UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED'].includes(this.code);
  }
}

/** An entry of a response's `errors` as the gateway sends it, on every transport. */
export interface GraphqlErrorLike {
  message: string;
  extensions?: {
    code?: unknown;
    fields?: SwapClientErrorDetails['fields'];
    retryAfter?: number;
  } | null;
}

export function fromGraphqlError({ message, extensions }: GraphqlErrorLike): SwapClientError {
  return new SwapClientError(String(extensions?.code ?? 'BAD_ANSWER'), message, extensions ?? {});
}

/** `UNREACHABLE`, `BAD_ANSWER` and `CLOSED` are this client's own; the others come from the gateway. */
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
  /** No connection, no answer in time, or a proxy's error page: given up after all attempts. */
  | 'UNREACHABLE'
  /** Something answers, but not as a gateway would: a wrong address, or versions that do not fit. */
  | 'BAD_ANSWER'
  /** `close()` was called. */
  | 'CLOSED';

export interface SwapClientErrorDetails {
  fields?: readonly { path: string; message: string }[] | undefined;
  retryAfter?: number | undefined;
  swapId?: string | undefined;
  cause?: unknown;
}

/** The only error that a swap client throws of its own; an abort rejects with the signal's reason, as `fetch` does. */
export class SwapClientError extends Error {
  override readonly name = 'SwapClientError';
  /** What is wrong with which argument, for `BAD_USER_INPUT`. */
  readonly fields: readonly { path: string; message: string }[];
  /** Seconds after which another try is worth while, where the gateway said so. */
  readonly retryAfter: number | undefined;
  /** The swap that was being followed; `watch(swapId)` takes it up again. */
  readonly swapId: string | undefined;

  constructor(
    readonly code: SwapClientErrorCode | (string & {}),
    message: string,
    { fields = [], retryAfter, swapId, cause }: SwapClientErrorDetails = {},
  ) {
    super(message, { cause });
    this.fields = fields;
    this.retryAfter = retryAfter;
    this.swapId = swapId;
  }

  /** Whether the same request may simply be sent again. `QUEUE_FULL` is not: the caller should know of it. */
  get isTransient(): boolean {
    return ['UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED'].includes(this.code);
  }
}

/** An error of an answer's `errors` as the gateway sends it, on either transport. */
export interface GraphqlErrorLike {
  message: string;
  extensions?: {
    code?: unknown;
    fields?: SwapClientErrorDetails['fields'];
    retryAfter?: number;
  } | null;
}

export function fromGraphqlError({ message, extensions }: GraphqlErrorLike): SwapClientError {
  const { code = 'BAD_ANSWER', fields, retryAfter } = extensions ?? {};
  return new SwapClientError(String(code), message, { fields, retryAfter });
}

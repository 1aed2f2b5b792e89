/** Why a request was rejected; the value of `extensions.code` in the GraphQL error. */
export type GatewayErrorCode =
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'IDEMPOTENCY_CONFLICT'
  | 'NOT_CANCELABLE'
  | 'QUEUE_FULL'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  // Uploads only.
  | 'NO_PICTURE'
  | 'TOO_SLOW'
  | 'PICTURE_TOO_LARGE'
  | 'PICTURE_TYPE_NOT_SUPPORTED'
  | 'PICTURE_UNREADABLE';

export interface FieldProblem {
  /** Dotted path of the argument, such as `input.initImage`. */
  path: string;
  message: string;
}

export interface GatewayErrorDetails {
  fields?: FieldProblem[];
  /** Seconds after which the client may retry. */
  retryAfter?: number;
  /** Cost of the operation, and the limit. */
  cost?: number;
  maxCost?: number;
  /** Size of the response, and the limit. */
  bytes?: number;
  maxBytes?: number;
}

/**
 * The only kind of error whose message reaches a client; all others are masked. Messages must not reveal internals.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';

  constructor(
    readonly code: GatewayErrorCode,
    message: string,
    readonly details: GatewayErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const badUserInput = (fields: FieldProblem[]): GatewayError =>
  new GatewayError('BAD_USER_INPUT', fields.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    fields,
  });

/** The same message for a swap that never existed, has expired, or belongs to another client. */
export const notFound = (): GatewayError => new GatewayError('NOT_FOUND', 'There is no such swap.');

export const idempotencyConflict = (): GatewayError =>
  new GatewayError(
    'IDEMPOTENCY_CONFLICT',
    'This idempotencyKey was already used with a different input. Nothing was submitted; use a new key for a new swap.',
  );

export const notCancelable = (): GatewayError =>
  new GatewayError(
    'NOT_CANCELABLE',
    'Only a queued swap can be canceled; this one is already submitted or finished.',
  );

export const queueFull = (message: string, retryAfter: number): GatewayError =>
  new GatewayError('QUEUE_FULL', message, { retryAfter });

export const rateLimited = (message: string, waitMs: number): GatewayError =>
  new GatewayError('RATE_LIMITED', message, { retryAfter: Math.max(1, Math.ceil(waitMs / 1000)) });

export const unavailable = (cause: unknown): GatewayError =>
  new GatewayError(
    'UNAVAILABLE',
    'The gateway cannot reach its store right now. Nothing was submitted.',
    { retryAfter: 1 },
    { cause },
  );

/** @throws UNAVAILABLE, with the rejection of `work` as its cause */
export const orUnavailable = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw unavailable(error);
  });

/** Replaces `unavailable` when the store failed during the acceptance, which may have succeeded. */
export const acceptanceUnknown = (cause: unknown): GatewayError =>
  new GatewayError(
    'UNAVAILABLE',
    'The gateway cannot reach its store right now, and this swap may have been accepted. Retry with the same idempotencyKey to get it.',
    { retryAfter: 1 },
    { cause },
  );

/** Rethrows an error; UNAVAILABLE says that the swap may have been accepted. */
export function mayBeAccepted(error: unknown): never {
  throw error instanceof GatewayError && error.code === 'UNAVAILABLE' ? acceptanceUnknown(error) : error;
}

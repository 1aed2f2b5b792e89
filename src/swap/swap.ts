/**
 * The record of one swap and the only ways in which it may change.
 *
 * Everything here is pure: no clock, no store. `advance` is the whole state machine.
 */

export type PendingStatus = 'QUEUED' | 'PROCESSING';
export type EndedStatus = 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'EXPIRED';
export type SwapStatus = PendingStatus | EndedStatus;

export const swapErrorCodes = [
  'IMAGE_UNREADABLE',
  'NO_FACE_FOUND',
  'REJECTED',
  'UPSTREAM_ACCOUNT',
  'UPSTREAM_BUSY',
  'UPSTREAM_FAILED',
  'SUBMISSION_UNKNOWN',
  'TIMED_OUT',
] as const;
export type SwapErrorCode = (typeof swapErrorCodes)[number];

/** Why a swap failed, in words that may be shown to the client that requested it. */
export interface SwapFailure {
  code: SwapErrorCode;
  message: string;
  /** Whether the same request may succeed if it is made anew. */
  retryable: boolean;
}

/** What the client asked for, after trimming and checking. */
export interface SwapRequest {
  initImage: string;
  targetImage: string;
  referenceImage: string;
  watermark: boolean;
  trackId?: number;
  /** The client's own webhook, told of the end. */
  webhook?: string;
  /** The client confirmed that the people shown agreed. Kept as evidence; changes nothing about the swap. */
  consent?: true;
}

/** What ModelsLab made. `generationTime` is in seconds. */
export interface SwapOutput {
  output: string[];
  proxyLinks: string[];
  generationTime?: number;
  meta?: SwapMeta;
}

export interface SwapMeta {
  seed?: number;
  temporary?: boolean;
  filePrefix?: string;
  modelSaveFormat?: string;
  watermark?: boolean;
  watermarkImage?: string;
}

interface SwapFacts {
  id: string;
  /** Who requested it; nobody else may see it. */
  client: string;
  request: SwapRequest;
  modelsLabId?: string;
  /** All times are milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
}

export interface QueuedSwap extends SwapFacts {
  status: 'QUEUED';
  /** Set, durably, just before the POST to ModelsLab: found after a crash, it means that the outcome is unknown. */
  submittingSince?: number;
}

export interface ProcessingSwap extends SwapFacts {
  status: 'PROCESSING';
  submittedAt: number;
  estimatedCompletionAt?: number;
}

export interface EndedSwap extends SwapFacts {
  status: EndedStatus;
  result?: SwapOutput;
  error?: SwapFailure;
  completedAt: number;
  /** When the record will be forgotten. */
  expiresAt: number;
}

export type PendingSwap = QueuedSwap | ProcessingSwap;
export type Swap = PendingSwap | EndedSwap;

/** What can happen to a swap. `modelsLabId` is given wherever it became known. */
export type SwapEvent =
  | { type: 'submitting' }
  | { type: 'not-accepted' }
  | { type: 'accepted'; modelsLabId: string; etaMs?: number }
  | { type: 'outcome-unknown' }
  | { type: 'succeeded'; modelsLabId?: string; result: SwapOutput }
  | { type: 'failed'; modelsLabId?: string; error: SwapFailure }
  | { type: 'canceled' }
  | { type: 'expired' };

export function queuedSwap(id: string, client: string, request: SwapRequest, now: number): QueuedSwap {
  return { id, client, request, status: 'QUEUED', createdAt: now, updatedAt: now };
}

/** True for SUCCEEDED, FAILED, CANCELED and EXPIRED: nothing changes such a swap any more. */
export function isEnded(swap: Swap): swap is EndedSwap {
  return isEndedStatus(swap.status);
}

function isEndedStatus(status: SwapStatus): status is EndedStatus {
  return status !== 'QUEUED' && status !== 'PROCESSING';
}

/**
 * The swap after an event. An event that does not apply (anything after the end, a cancellation while ModelsLab has the
 * swap, a mark that is already set) gives the very same object back, which callers may test by identity.
 *
 * @param now milliseconds since the epoch
 * @param resultTtlMs how long an ended swap is kept
 */
export function advance(swap: Swap, event: SwapEvent, now: number, resultTtlMs: number): Swap {
  if (isEnded(swap)) return swap;
  switch (event.type) {
    case 'succeeded':
      return ended(swap, 'SUCCEEDED', now, resultTtlMs, event);
    case 'failed':
      return ended(swap, 'FAILED', now, resultTtlMs, event);
    case 'accepted':
      return accepted(swap, event, now);
    default:
      return swap.status === 'QUEUED' ? advanceQueued(swap, event.type, now, resultTtlMs) : swap;
  }
}

function advanceQueued(
  swap: QueuedSwap,
  event: 'submitting' | 'not-accepted' | 'outcome-unknown' | 'canceled' | 'expired',
  now: number,
  resultTtlMs: number,
): Swap {
  const { submittingSince, ...unsubmitted } = swap;
  const isSubmitting = submittingSince !== undefined;
  switch (event) {
    case 'submitting':
      return isSubmitting ? swap : { ...swap, submittingSince: now, updatedAt: now };
    case 'not-accepted':
      return isSubmitting ? { ...unsubmitted, updatedAt: now } : swap;
    case 'outcome-unknown':
      return isSubmitting
        ? { ...unsubmitted, status: 'PROCESSING', submittedAt: submittingSince, updatedAt: now }
        : swap;
    case 'canceled':
      return isSubmitting ? swap : ended(swap, 'CANCELED', now, resultTtlMs);
    case 'expired':
      return isSubmitting ? swap : ended(swap, 'EXPIRED', now, resultTtlMs);
  }
}

function accepted(swap: PendingSwap, event: { modelsLabId: string; etaMs?: number }, now: number): Swap {
  if (swap.status === 'PROCESSING' && swap.modelsLabId !== undefined) return swap;
  const { submittingSince, submittedAt, ...facts } = {
    submittingSince: undefined,
    submittedAt: undefined,
    ...swap,
  };
  return {
    ...facts,
    status: 'PROCESSING',
    modelsLabId: event.modelsLabId,
    submittedAt: submittedAt ?? submittingSince ?? now,
    ...(event.etaMs !== undefined && { estimatedCompletionAt: now + event.etaMs }),
    updatedAt: now,
  };
}

function ended(
  swap: PendingSwap,
  status: EndedStatus,
  now: number,
  resultTtlMs: number,
  outcome: { modelsLabId?: string; result?: SwapOutput; error?: SwapFailure } = {},
): EndedSwap {
  const modelsLabId = swap.modelsLabId ?? outcome.modelsLabId;
  return {
    id: swap.id,
    client: swap.client,
    request: swap.request,
    status,
    ...(modelsLabId !== undefined && { modelsLabId }),
    ...(outcome.result && { result: outcome.result }),
    ...(outcome.error && { error: outcome.error }),
    createdAt: swap.createdAt,
    updatedAt: now,
    completedAt: now,
    expiresAt: now + resultTtlMs,
  };
}

/** As much of a swap as `supersedes` looks at. */
export type SwapStand = Pick<Swap, 'status' | 'updatedAt' | 'modelsLabId'>;

/**
 * Whether `next` says more than `last`. False for a repetition and for news that arrive out of order, so that nobody sees
 * a swap go backwards.
 */
export function supersedes(next: SwapStand, last: SwapStand): boolean {
  if (isEndedStatus(last.status)) return false;
  if (isEndedStatus(next.status)) return true;
  if (next.status !== last.status) return next.status === 'PROCESSING';
  return (
    next.updatedAt > last.updatedAt || (next.modelsLabId !== undefined && last.modelsLabId === undefined)
  );
}

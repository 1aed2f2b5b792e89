/**
 * The record of a swap, and the only ways in which it may change. Everything here is pure: no clock, no store.
 * `applyTransition` is the whole state machine.
 */

import type { FileNames, SwapArchive } from './files.js';
import type { SwapRequest } from './operations/registry.js';

export type { SwapRequest } from './operations/registry.js';

export const pendingStatuses = ['QUEUED', 'PROCESSING'] as const;
export type PendingStatus = (typeof pendingStatuses)[number];
export const endedStatuses = ['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'] as const;
export type EndedStatus = (typeof endedStatuses)[number];
export const swapStatuses = [...pendingStatuses, ...endedStatuses] as const;
export type SwapStatus = PendingStatus | EndedStatus;

export const swapFailureCodes = [
  'IMAGE_UNREADABLE',
  'NO_FACE_FOUND',
  'REJECTED',
  'UPSTREAM_ACCOUNT',
  'UPSTREAM_BUSY',
  'UPSTREAM_FAILED',
  'SUBMISSION_UNKNOWN',
  'TIMED_OUT',
] as const;
export type SwapFailureCode = (typeof swapFailureCodes)[number];

/** How long after an inferred failure ModelsLab's result is still accepted, milliseconds. */
export const lateResultMs = 24 * 60 * 60 * 1000;

/** Why a swap failed; shown to the client that requested it. */
export interface SwapFailure {
  code: SwapFailureCode;
  message: string;
  /** Whether the same request may succeed if retried. */
  retryable: boolean;
}

/** The result from ModelsLab. `generationTime` is in seconds. */
export interface SwapOutput {
  output: string[];
  proxyLinks: string[];
  generationTime?: number;
  meta?: SwapMeta;
  /** Absent: the files are not archived, and clients get the URLs in `output`. */
  files?: FileNames;
}

export interface SwapMeta {
  seed?: number;
  temporary?: boolean;
  filePrefix?: string;
  modelSaveFormat?: string;
  watermark?: boolean;
  watermarkImage?: string;
}

/** A result that arrived after its swap had failed. */
export interface LateResult {
  result: SwapOutput;
  modelsLabId?: string;
  receivedAt: number;
}

/** The request that a swap was accepted from. */
export interface AcceptingRequest {
  requestId: string;
  /** Of the span of the acceptance, in W3C's format; absent if tracing was off. */
  traceparent?: string | undefined;
}

interface SwapFacts {
  id: string;
  /** The owner; no other client may see the swap. */
  client: string;
  request: SwapRequest;
  modelsLabId?: string;
  /** Path and query for fetching it from ModelsLab, if not the default. */
  fetchPath?: string;
  /** Absent in records of earlier versions. */
  acceptedBy?: AcceptingRequest;
  /** All times are milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
}

export interface QueuedSwap extends SwapFacts {
  status: 'QUEUED';
  /** The mark, written durably just before the POST. Found after a crash, it means that the outcome is unknown. */
  submittingSince?: number;
  /** Never submitted: it completes with the late result of that failed swap, which is already paid for. */
  recovered?: { from: string; result: SwapOutput };
}

export interface ProcessingSwap extends SwapFacts {
  status: 'PROCESSING';
  submittedAt: number;
  estimatedCompletionAt?: number;
  /** In published events only, never stored: an unconfirmed webhook suggests polling now. */
  pollRequestedAt?: number;
}

export interface EndedSwap extends SwapFacts {
  status: EndedStatus;
  result?: SwapOutput;
  error?: SwapFailure;
  completedAt: number;
  /** When the record is removed. */
  expiresAt: number;
  /** Set for an inferred failure: the result may exist, and is accepted until then. */
  lateUntil?: number;
  lateResult?: LateResult;
  /** The failed swap whose late result this one completed with. */
  recoveredFrom?: string;
  /** Set once the files of the result, or of the late result, are copied, or cannot be. */
  archive?: SwapArchive;
  /** Set once the swap is erased: only its outcome and times are left. */
  erasedAt?: number;
}

export type PendingSwap = QueuedSwap | ProcessingSwap;
export type Swap = PendingSwap | EndedSwap;

/** What can happen to a swap. `modelsLabId` is present wherever it became known. */
export type SwapTransition =
  | { type: 'submitting' }
  | { type: 'not-accepted' }
  | { type: 'accepted'; modelsLabId: string; etaMs?: number; fetchPath?: string }
  | { type: 'outcome-unknown' }
  | { type: 'succeeded'; modelsLabId?: string; result: SwapOutput }
  /** `inferred`: not reported for this swap, but inferred from silence or from errors that may be about the request. */
  | { type: 'failed'; modelsLabId?: string; error: SwapFailure; inferred?: boolean }
  | { type: 'canceled' }
  /** `error`: why it was not submitted in time, if that is known. */
  | { type: 'expired'; error?: SwapFailure };

export function queuedSwap(
  id: string,
  client: string,
  request: SwapRequest,
  now: number,
  acceptedBy?: AcceptingRequest,
): QueuedSwap {
  const facts = { id, client, request, ...(acceptedBy && { acceptedBy }) };
  return { ...facts, status: 'QUEUED', createdAt: now, updatedAt: now };
}

/** True for SUCCEEDED, FAILED, CANCELED and EXPIRED: the outcome of such a swap never changes. */
export function isEnded(swap: Swap): swap is EndedSwap {
  return isEndedStatus(swap.status);
}

function isEndedStatus(status: SwapStatus): status is EndedStatus {
  return status !== 'QUEUED' && status !== 'PROCESSING';
}

/**
 * The swap after a transition. A transition that does not apply (any on a finished swap, a cancellation after the submission, a
 * mark that is already set) returns the same object, which callers may compare by identity.
 *
 * @param now milliseconds since the epoch
 * @param resultTtlMs how long a finished swap is kept
 */
export function applyTransition(
  swap: Swap,
  transition: SwapTransition,
  now: number,
  resultTtlMs: number,
): Swap {
  if (isEnded(swap)) return swap;
  switch (transition.type) {
    case 'succeeded':
      return ended(swap, 'SUCCEEDED', now, resultTtlMs, transition);
    case 'failed':
      return ended(swap, 'FAILED', now, resultTtlMs, transition);
    case 'accepted':
      return accepted(swap, transition, now);
    default:
      return swap.status === 'QUEUED' ? advanceQueued(swap, transition, now, resultTtlMs) : swap;
  }
}

function advanceQueued(
  swap: QueuedSwap,
  transition: SwapTransition & {
    type: 'submitting' | 'not-accepted' | 'outcome-unknown' | 'canceled' | 'expired';
  },
  now: number,
  resultTtlMs: number,
): Swap {
  const { submittingSince, ...unsubmitted } = swap;
  const isSubmitting = submittingSince !== undefined;
  switch (transition.type) {
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
      return isSubmitting ? swap : ended(swap, 'EXPIRED', now, resultTtlMs, transition);
  }
}

function accepted(
  swap: PendingSwap,
  transition: { modelsLabId: string; etaMs?: number; fetchPath?: string },
  now: number,
): Swap {
  if (swap.status === 'PROCESSING' && swap.modelsLabId !== undefined) return swap;
  const { submittingSince, submittedAt, ...facts } = {
    submittingSince: undefined,
    submittedAt: undefined,
    ...swap,
  };
  return {
    ...facts,
    status: 'PROCESSING',
    modelsLabId: transition.modelsLabId,
    ...(transition.fetchPath !== undefined && { fetchPath: transition.fetchPath }),
    submittedAt: submittedAt ?? submittingSince ?? now,
    ...(transition.etaMs !== undefined && { estimatedCompletionAt: now + transition.etaMs }),
    updatedAt: now,
  };
}

function ended(
  swap: PendingSwap,
  status: EndedStatus,
  now: number,
  resultTtlMs: number,
  outcome: { modelsLabId?: string; result?: SwapOutput; error?: SwapFailure; inferred?: boolean } = {},
): EndedSwap {
  const modelsLabId = swap.modelsLabId ?? outcome.modelsLabId;
  const expiresAt = now + resultTtlMs;
  const recovered = swap.status === 'QUEUED' ? swap.recovered : undefined;
  return {
    id: swap.id,
    client: swap.client,
    request: swap.request,
    status,
    ...(modelsLabId !== undefined && { modelsLabId }),
    ...(swap.fetchPath !== undefined && { fetchPath: swap.fetchPath }),
    ...(swap.acceptedBy && { acceptedBy: swap.acceptedBy }),
    ...(outcome.result && { result: outcome.result }),
    ...(outcome.error && { error: outcome.error }),
    createdAt: swap.createdAt,
    updatedAt: now,
    completedAt: now,
    expiresAt,
    ...(mayStillArrive(outcome) && { lateUntil: Math.min(now + lateResultMs, expiresAt) }),
    ...(recovered && { recoveredFrom: recovered.from }),
  };
}

/** ModelsLab's "try again" does not say whether the submission was accepted and charged. */
function mayStillArrive({ error, inferred }: { error?: SwapFailure; inferred?: boolean }): boolean {
  return inferred === true || error?.code === 'UPSTREAM_BUSY';
}

/** Whether only the outcome and the times of a swap are left. */
export const isErased = (swap: Swap): boolean => isEnded(swap) && swap.erasedAt !== undefined;

/** Until when a result of a failed swap is accepted, milliseconds since the epoch; undefined if its failure is certain. */
export function lateUntilOf(swap: EndedSwap): number | undefined {
  if (swap.erasedAt !== undefined) return undefined;
  if (swap.lateUntil !== undefined || swap.status !== 'FAILED') return swap.lateUntil;
  // Absent in records of earlier versions.
  const isInferred = swap.error?.code === 'SUBMISSION_UNKNOWN' || swap.error?.code === 'TIMED_OUT';
  return isInferred ? Math.min(swap.completedAt + lateResultMs, swap.expiresAt) : undefined;
}

/** Whether a failed swap still accepts a late result. */
export function awaitsLateResult(swap: EndedSwap, now: number): boolean {
  const until = lateUntilOf(swap);
  return until !== undefined && now < until && swap.lateResult === undefined;
}

/** The fields that `supersedes` compares. */
export type SwapVersion = Pick<Swap, 'status' | 'updatedAt' | 'modelsLabId'>;

/**
 * Whether `next` is newer than `last`. False for repeated and out-of-order events, so that no subscriber sees a swap go backwards.
 */
export function supersedes(next: SwapVersion, last: SwapVersion): boolean {
  if (isEndedStatus(last.status)) return false;
  if (isEndedStatus(next.status)) return true;
  if (next.status !== last.status) return next.status === 'PROCESSING';
  return (
    next.updatedAt > last.updatedAt || (next.modelsLabId !== undefined && last.modelsLabId === undefined)
  );
}

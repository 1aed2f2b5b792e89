/**
 * What an answer of ModelsLab, or the lack of one, means. Pure: no calls, no clock.
 *
 * The rule behind all of it: each accepted submission is paid, so a submission is sent again only when it is certain
 * that it was not accepted.
 */
import type { FetchOutcome, SubmitOutcome, UpstreamReport } from '../swap/ports.js';
import type { SwapFailure } from '../swap/swap.js';
import { failure, unintelligibleAnswer, upstreamAccount, upstreamFailed } from '../swap/swap-failures.js';
import type { ModelsLabBody } from './modelslab-wire.js';

/**
 * How a call ended. `no-answer`: refused, timed out, broken off; `wasSent` is false only if not one byte of the request was
 * written. `answer`: `body` is undefined when it was in no dialect of ModelsLab's, `isJson` false when it was not even JSON.
 */
export type CallResult =
  | { kind: 'no-answer'; wasSent: boolean }
  | { kind: 'answer'; httpStatus: number; isJson: boolean; body: ModelsLabBody | undefined };

/** How long to leave ModelsLab alone when it could not be reached, milliseconds. */
export const unreachablePauseMs = 1000;
/** When it is busy, but does not say for how long. */
const busyPauseMs = 5000;
/** Longer is not believed. */
const maxPauseMs = 60_000;
const maxEtaMs = 3_600_000;

export function submitOutcome(call: CallResult): SubmitOutcome {
  if (call.kind === 'no-answer') {
    return call.wasSent
      ? { kind: 'unknown' }
      : { kind: 'not-accepted', retryAfterMs: unreachablePauseMs, pauses: 'instance' };
  }
  const { httpStatus, isJson, body } = call;
  if (httpStatus === 429 || (body?.status === 'error' && isBusy(body.message) && httpStatus < 500)) {
    return { kind: 'not-accepted', retryAfterMs: pauseMs(body), pauses: 'account' };
  }
  if (httpStatus >= 500 || httpStatus === 408) return { kind: 'unknown' };
  if (!body) {
    if (httpStatus >= 300) return { kind: 'failed', error: refusal(httpStatus, '') };
    return isJson ? { kind: 'failed', error: unintelligibleAnswer } : { kind: 'unknown' };
  }
  if (body.status === 'error') {
    return { kind: 'failed', ...withId(body), error: refusal(httpStatus, body.message) };
  }
  // Taken and, perhaps, paid, but without an id there is no way to ask for it: only a webhook can tell.
  if (body.id === undefined) return { kind: 'unknown' };
  if (body.status === 'success' && body.result.output.length > 0) {
    return { kind: 'succeeded', modelsLabId: body.id, result: body.result };
  }
  const etaSeconds = body.status === 'processing' ? body.etaSeconds : undefined;
  return {
    kind: 'processing',
    modelsLabId: body.id,
    ...(etaSeconds !== undefined && { etaMs: Math.min(Math.max(etaSeconds, 0) * 1000, maxEtaMs) }),
  };
}

export function fetchOutcome(call: CallResult): FetchOutcome {
  if (call.kind === 'no-answer' || call.httpStatus >= 500) return { kind: 'unavailable' };
  const { isJson, body } = call;
  if (!body) return isJson ? { kind: 'unintelligible' } : { kind: 'unavailable' };
  // A refusal of the question (key, rate) says nothing of the swap.
  const isRefused = [401, 402, 403, 408, 429].includes(call.httpStatus);
  if (body.status === 'error' && (isRefused || isBusy(body.message) || isAccountMatter(body.message))) {
    return { kind: 'unavailable' };
  }
  return reportOf(body);
}

/** What a body, from a webhook or the fetch endpoint, says of a swap that ModelsLab has. */
export function reportOf(body: ModelsLabBody | undefined): UpstreamReport {
  if (!body) return { kind: 'unintelligible' };
  const facts = { ...withId(body), ...(body.trackId !== undefined && { trackId: String(body.trackId) }) };
  switch (body.status) {
    case 'success':
      if (body.result.output.length === 0) return { kind: 'unintelligible' };
      return { ...facts, kind: 'succeeded', result: body.result };
    case 'processing':
      return { ...facts, kind: 'processing' };
    case 'error':
      return { ...facts, kind: 'failed', error: generationFailure(body.message), isFinal: true };
  }
}

/** True when the outcome of a submission is a sign that ModelsLab is down, rather than a word about this submission. */
export function isOutage(call: CallResult): boolean {
  return call.kind === 'no-answer' || call.httpStatus >= 500;
}

function withId(body: ModelsLabBody): { modelsLabId?: string } {
  return body.id === undefined ? {} : { modelsLabId: body.id };
}

function pauseMs(body: ModelsLabBody | undefined): number {
  const seconds = body?.status === 'error' ? body.retryAfterSeconds : undefined;
  return seconds === undefined ? busyPauseMs : Math.min(Math.max(seconds, 0) * 1000, maxPauseMs);
}

const isBusy = (message: string): boolean => /rate limit|queued requests|too many requests/i.test(message);

const isAccountMatter = (message: string): boolean =>
  /api.?key|credit|subscri|premium|\bplan\b|balance|billing|payment|unauthori[sz]ed/i.test(message);

const isImageMatter = (message: string): boolean =>
  /(fetch|download|load|read|open|access|decode|identify|invalid|unsupported|corrupt)\b.{0,40}\b(image|url)|image.{0,60}(fetch|not found|invalid|unsupported|unreadable|corrupt|url)/i.test(
    message,
  );

const isFaceMatter = (message: string): boolean =>
  /\bno\b.{0,20}\bfaces?\b|\bfaces?\b.{0,20}\bnot\b|(could ?n[o']t|cannot|can't|unable|failed).{0,30}\bfaces?\b/i.test(
    message,
  );

/** Words of ModelsLab that concern the client's own pictures; anything else stays between ModelsLab and the operator. */
function inputFailure(message: string): SwapFailure | undefined {
  if (isFaceMatter(message)) return failure('NO_FACE_FOUND', message);
  if (isImageMatter(message)) return failure('IMAGE_UNREADABLE', message);
  return undefined;
}

function refusal(httpStatus: number, message: string): SwapFailure {
  if ([401, 402, 403].includes(httpStatus) || isAccountMatter(message)) return upstreamAccount;
  const isInputStatus = httpStatus === 400 || httpStatus === 422;
  return (
    inputFailure(message) ??
    (isInputStatus ? failure('REJECTED', message || 'ModelsLab rejected the request.') : upstreamFailed)
  );
}

function generationFailure(message: string): SwapFailure {
  if (isAccountMatter(message)) return upstreamAccount;
  return inputFailure(message) ?? upstreamFailed;
}

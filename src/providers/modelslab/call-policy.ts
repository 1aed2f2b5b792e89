/**
 * Interprets ModelsLab's responses, and missing ones. Pure: no I/O, no clock.
 *
 * Two rules govern everything here. Every accepted submission costs money, so a submission is retried only if it
 * certainly was not accepted. Once it may have been accepted, only an unambiguous failure of this swap counts as a
 * failure; in all other cases polling continues.
 */

import { upstreamAccount, upstreamFailed } from '../../swap/failures.js';
import type { FetchOutcome, PauseScope, SubmitOutcome, UpstreamReport } from '../../swap/ports.js';
import type { SwapFailure } from '../../swap/swap.js';
import { maxPauseMs, readPauseInWords } from './busy-pause.js';
import { isAboutAbsence, type MessageKind, meaningOf, rejected } from './message-rules.js';
import type { ModelsLabBody } from './wire.js';

/** How a call ended. `no-answer`: connection refused, timed out or broken; `wasSent` is false only if no byte was written. */
export type CallResult = { kind: 'no-answer'; wasSent: boolean } | AnsweredCall;

export interface AnsweredCall {
  kind: 'answer';
  httpStatus: number;
  /** Undefined if the body cannot be from ModelsLab. */
  body: ModelsLabBody | undefined;
  /** Whether the response carries a CDN's headers. */
  hasCdnHeaders?: boolean;
  /** From the `Retry-After` header, milliseconds. */
  retryAfterMs?: number | undefined;
}

/** Like `SubmitOutcome`, with the pause of a `not-accepted` still undecided. */
export type SubmitDecision =
  | Exclude<SubmitOutcome, { kind: 'not-accepted' }>
  | { kind: 'not-accepted'; requestedMs: number | undefined; pauses: PauseScope };

const maxEtaMs = 3_600_000;
const redirects = new Set([301, 302, 307, 308]);
/** CDN statuses for "could not connect to ModelsLab". Not 520, 522, 524: those can follow a request that was sent. */
const unreachedStatuses = new Set([521, 523, 525, 526, 530]);
/** Statuses that say nothing about the request: timeouts, and a client that disconnected. */
const uncertainStatuses = new Set([408, 425, 499]);
const accountStatuses = new Set([401, 402]);

/**
 * @param baseUrl the API's base URL, to compare `fetch_result` with
 * @param trackId the submitted one. A response with a different one may belong to another client's generation, so only
 *   its id is used, which the first poll confirms
 */
export function submitOutcome(call: CallResult, baseUrl: string, trackId?: number): SubmitDecision {
  if (call.kind === 'no-answer') {
    return call.wasSent
      ? { kind: 'unknown' }
      : { kind: 'not-accepted', requestedMs: undefined, pauses: 'instance' };
  }
  const { httpStatus, body } = call;
  if (isUnreached(call)) return { kind: 'not-accepted', requestedMs: undefined, pauses: 'instance' };
  if (isRedirect(call)) return { kind: 'failed', error: upstreamFailed };
  const isRefusal = httpStatus >= 400 && httpStatus < 500 && !uncertainStatuses.has(httpStatus);
  const reference = body && referenceOf(body, baseUrl);
  if (body && namesAnotherTrack(body, trackId) && (hasPictures(body) || body.status !== 'unknown')) {
    return reference ?? { kind: 'unknown' };
  }
  if (body && hasPictures(body)) {
    // Where the success is only implied, the first poll confirms.
    const isPlain = httpStatus < 400 && !body.isImplied;
    if (body.status === 'success' && (isPlain || !reference)) {
      return { kind: 'succeeded', ...idOf(body), result: body.result };
    }
    // Pictures and an error in one response: the first poll decides.
    if (body.status === 'success' || isFailure(body)) return reference ?? { kind: 'unknown' };
  }
  if (body?.status === 'success' || body?.status === 'processing') return reference ?? { kind: 'unknown' };
  if (httpStatus === 429) return notAccepted(call);
  if (!body) {
    if (httpStatus === 402) return withoutCredits;
    return isRefusal ? { kind: 'failed', error: refusal(httpStatus, '') } : { kind: 'unknown' };
  }
  if (!isFailure(body) && !isRefusal) {
    // No status, but wording that only a rejection has.
    const kind = httpStatus < 400 ? meaningOf(body.message).kind : undefined;
    if (kind === 'credits') return reference ?? withoutCredits;
    return reference ?? (kind === 'rate' ? notAccepted(call) : { kind: 'unknown' });
  }
  if (!isFailure(body) && reference && body.message === '') return reference;
  return failedSubmission(call, body, reference);
}

/** Classifies a failed submission by its body, or else by its HTTP status. */
function failedSubmission(
  call: AnsweredCall,
  body: ModelsLabBody,
  reference: (SubmitDecision & { kind: 'processing' }) | undefined,
): SubmitDecision {
  const { httpStatus } = call;
  const { kind } = meaningOf(body.message);
  const failed: SubmitDecision = { kind: 'failed', ...idOf(body), error: refusal(httpStatus, body.message) };
  // With an id, or a status that does not exclude that it was accepted, it is not submitted again.
  if ((kind === 'credits' || httpStatus === 402) && kind !== 'rate' && httpStatus < 500 && !reference) {
    return uncertainStatuses.has(httpStatus) ? failed : withoutCredits;
  }
  if (isPermanent(kind)) return failed;
  const isRefusal = httpStatus >= 400 && httpStatus < 500 && !uncertainStatuses.has(httpStatus);
  switch (kind) {
    case 'rate':
      if (httpStatus >= 500 || reference) return reference ?? { kind: 'unknown' };
      return notAccepted(call);
    case 'busy':
      return reference ?? failed;
    case 'progress':
    case 'server':
      return reference ?? (isRefusal ? failed : { kind: 'unknown' });
    default:
      if (httpStatus >= 500 || uncertainStatuses.has(httpStatus)) return reference ?? { kind: 'unknown' };
      // With an id, the generation failed or is still running: "error" alone is ambiguous.
      return reference && body.status === 'error' && kind !== 'generation' ? reference : failed;
  }
}

/**
 * @param modelsLabId ModelsLab's id of the polled swap
 * @param isConfirmation whether this is the second poll, made because the first one `needsConfirmation`
 */
export function fetchOutcome(call: CallResult, modelsLabId: string, isConfirmation = false): FetchOutcome {
  if (call.kind === 'no-answer' || !call.body || isRedirect(call)) return { kind: 'unavailable' };
  const { httpStatus, body } = call;
  const isOwn = body.id === modelsLabId;
  if (body.status === 'success' && hasPictures(body)) {
    return httpStatus < 400 || isConfirmation
      ? { ...factsOf(body), kind: 'succeeded', result: body.result }
      : { kind: 'unavailable' };
  }
  if (!isFailure(body)) {
    const isNamed = body.status !== 'unknown' || body.id !== undefined;
    if (httpStatus >= 400 || !isNamed) return { kind: 'unavailable' };
    const isUnproven = body.status === 'unknown' && hasPictures(body);
    return { ...factsOf(body), kind: 'processing', ...(isUnproven && { result: body.result }) };
  }
  if (hasPictures(body) && !isConfirmation) return { kind: 'unavailable' };
  const { kind, failure } = meaningOf(body.message);
  // A rejection of the poll itself (key, rate) says nothing about the swap.
  const isAboutQuestion = [401, 402, 403, 408, 429].includes(httpStatus);
  if (isAboutQuestion || kind === 'rate' || isAccount(kind)) return { kind: 'unavailable' };
  if (kind === 'progress' && httpStatus < 400 && body.status === 'error')
    return { ...factsOf(body), kind: 'processing' };
  const isAboutInput = kind === 'input' && (isOwn || !isAboutAbsence(body.message));
  const isFinal =
    !hasPictures(body) && (isAboutInput || (isOwn && (body.status === 'failed' || kind === 'generation')));
  if (httpStatus >= 400 && (!isFinal || httpStatus >= 500)) return { kind: 'unavailable' };
  // A field missing from the poll is the gateway's fault, not the client's.
  const error = kind === 'request' && !isFinal ? upstreamFailed : failure;
  return { ...factsOf(body), kind: 'failed', error, isFinal };
}

/** A response with pictures that also reports an error: worth polling again at once. */
export function needsConfirmation(call: CallResult): boolean {
  if (call.kind === 'no-answer' || !call.body || !hasPictures(call.body)) return false;
  return isFailure(call.body) || (call.body.status === 'success' && call.httpStatus >= 400);
}

/**
 * Interprets a webhook. A success without pictures, or pictures along with an error, becomes `succeeded` with no
 * pictures: not trusted, but a reason to poll at once.
 */
export function webhookReport(body: ModelsLabBody | undefined): UpstreamReport {
  if (!body) return { kind: 'unintelligible' };
  const facts = factsOf(body);
  if (body.isImplied) return { ...facts, kind: 'succeeded', result: { ...body.result, output: [] } };
  if (body.status === 'success') return { ...facts, kind: 'succeeded', result: body.result };
  if (isFailure(body)) {
    if (hasPictures(body)) return { ...facts, kind: 'succeeded', result: { ...body.result, output: [] } };
    const { kind, failure } = meaningOf(body.message);
    const isSpecific = kind === 'generation' || (kind === 'unclear' && body.message !== '');
    const isFinal = body.status === 'failed' || isPermanent(kind) || (isSpecific && body.id !== undefined);
    return { ...facts, kind: 'failed', error: failure, isFinal };
  }
  const isNamed = body.status !== 'unknown' || body.id !== undefined;
  return isNamed ? { ...facts, kind: 'processing' } : { kind: 'unintelligible' };
}

/** Whether the outcome of a submission suggests that ModelsLab is down, rather than saying something about this submission. */
export function isOutage(call: CallResult): boolean {
  if (call.kind === 'no-answer') return true;
  const isAccepted = call.body?.status === 'success' || call.body?.status === 'processing';
  return call.httpStatus >= 500 && !isAccepted;
}

/** A response in which the CDN says that it did not reach ModelsLab. */
export function isUnreached({ httpStatus, hasCdnHeaders, body }: AnsweredCall): boolean {
  const isModelsLabs = body && (body.status !== 'unknown' || body.id !== undefined);
  return unreachedStatuses.has(httpStatus) && hasCdnHeaders === true && !isModelsLabs;
}

/** The base URL is wrong; only the operator can fix it. */
export function isRedirect({ httpStatus, body }: AnsweredCall): boolean {
  return redirects.has(httpStatus) && (body === undefined || body.status === 'unknown');
}

const hasPictures = ({ result }: ModelsLabBody): boolean => result.output.length > 0;

const namesAnotherTrack = (body: ModelsLabBody, trackId: number | undefined): boolean =>
  trackId !== undefined && body.trackId !== undefined && body.trackId !== String(trackId);

const isFailure = ({ status }: ModelsLabBody): boolean => status === 'failed' || status === 'error';

/** A failure that a retry would repeat. */
const isPermanent = (kind: MessageKind): boolean => kind === 'input' || kind === 'request' || isAccount(kind);

const isAccount = (kind: MessageKind): boolean => kind === 'account' || kind === 'credits';

/** ModelsLab accepts nothing until the account has credits again. */
const withoutCredits: SubmitDecision = { kind: 'not-accepted', requestedMs: undefined, pauses: 'credits' };

function notAccepted({ retryAfterMs, body }: AnsweredCall): SubmitDecision {
  const requested = [
    retryAfterMs,
    body?.retryAfterSeconds !== undefined ? body.retryAfterSeconds * 1000 : undefined,
    body && readPauseInWords(body.message),
  ].filter((ms) => ms !== undefined);
  const requestedMs = requested.length === 0 ? undefined : Math.min(Math.max(...requested, 0), maxPauseMs);
  return { kind: 'not-accepted', requestedMs, pauses: 'account' };
}

function referenceOf(
  body: ModelsLabBody,
  baseUrl: string,
): (SubmitDecision & { kind: 'processing' }) | undefined {
  if (body.id === undefined) return undefined;
  const fetchPath = fetchPathOf(body.id, body.fetchUrl, baseUrl);
  return {
    kind: 'processing',
    modelsLabId: body.id,
    ...(body.etaSeconds !== undefined && {
      etaMs: Math.min(Math.max(body.etaSeconds, 0) * 1000, maxEtaMs),
    }),
    ...(fetchPath !== undefined && { fetchPath }),
  };
}

/** The default path for fetching a generation. */
export const usualFetchPath = (modelsLabId: string): string => `/fetch/${encodeURIComponent(modelsLabId)}`;

/** Path and query of a `fetch_result`, if on the base URL's own origin and different from the default path. */
function fetchPathOf(id: string, fetchUrl: string | undefined, baseUrl: string): string | undefined {
  if (fetchUrl === undefined) return undefined;
  if (!URL.canParse(fetchUrl, baseUrl)) return undefined;
  const { origin, pathname, search } = new URL(fetchUrl, baseUrl);
  const usual = new URL(`${baseUrl}${usualFetchPath(id)}`);
  if (origin !== usual.origin || pathname + search === usual.pathname) return undefined;
  return pathname + search;
}

function idOf(body: ModelsLabBody): { modelsLabId?: string } {
  return body.id === undefined ? {} : { modelsLabId: body.id };
}

function factsOf(body: ModelsLabBody): { modelsLabId?: string; trackId?: string } {
  return { ...idOf(body), ...(body.trackId !== undefined && { trackId: body.trackId }) };
}

function refusal(httpStatus: number, message: string): SwapFailure {
  if (accountStatuses.has(httpStatus)) return upstreamAccount;
  const { kind, failure } = meaningOf(message);
  if (kind === 'input') return failure;
  if (httpStatus === 403) return upstreamAccount;
  if (kind === 'request' || isAccount(kind) || kind === 'busy') return failure;
  return httpStatus === 400 || httpStatus === 422 ? rejected(message) : failure;
}

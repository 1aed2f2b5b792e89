import type { LookupFunction } from 'node:net';
import type { Proxies } from '../../lib/proxies.js';
import { createSecretRedactor } from '../../lib/redact-secrets.js';
import { upstreamAccount } from '../../swap/failures.js';
import { operationOf, type SwapRequest } from '../../swap/operations/registry.js';
import type { FaceSwapProvider, ProviderCallContext, SubmitOutcome, SwapLog } from '../../swap/ports.js';
import type { SubmittedPictures } from '../../swap/submitted-pictures.js';
import { createProviderAccount } from './account.js';
import { createBusyPause } from './busy-pause.js';
import {
  type CallResult,
  fetchOutcome,
  isOutage,
  needsConfirmation,
  submitOutcome,
  usualFetchPath,
  webhookReport,
} from './call-policy.js';
import { createConnections } from './connections.js';
import { maxBodyBytes } from './decode-body.js';
import { deleteBody, deletePath, eraseOutcome } from './erase-result.js';
import { FreshConnection } from './fresh-connection.js';
import { modelsLabOperations } from './operations/registry.js';
import { type PostOptions, type PostResult, postJson } from './post-json.js';
import { type PictureTransport, readInputs } from './read-inputs.js';
import { jsonWithPictures } from './request-body.js';
import { createResponseReader } from './response-reader.js';
import { createSubmissionBreaker } from './submission-breaker.js';
import { createUnexpectedRecorder, type UnexpectedResponse } from './unexpected-responses.js';

/** The outcome of one call, without any content of the request or response. */
export interface UpstreamCall {
  call: 'submit' | 'fetch' | 'erase';
  /**
   * `no_answer`: refused, broken or timed out. `not_sent`: held back by the circuit breaker. Otherwise the kind of the
   * outcome.
   */
  outcome: string;
  /** Undefined if nothing was sent. */
  ms?: number;
}

export interface ModelsLabClientOptions {
  apiKey: string;
  /** Without a trailing slash; `/fetch/{id}` and the endpoints of operations are appended. */
  baseUrl: string;
  log: SwapLog;
  /** Timeout of a whole submission, milliseconds; a response that arrives later is still read. */
  submitTimeoutMs?: number;
  /** Timeout of a whole fetch, milliseconds. */
  fetchTimeoutMs?: number;
  /** How long past its timeout the response to a submission is awaited, milliseconds. */
  lateMs?: number;
  /** Maximum number of late responses awaited concurrently. */
  maxLate?: number;
  /** Undefined: ModelsLab fetches all pictures. */
  pictures?: PictureTransport | undefined;
  /** Replaces the system's DNS lookup. */
  lookup?: LookupFunction;
  /** Undefined: connects directly. */
  proxies?: Proxies | undefined;
  /** Consecutive submissions without a response, or with a 5xx, that open the circuit breaker. */
  breakAfter?: number;
  /** First pause after ModelsLab refused a submission for lack of credits, milliseconds. */
  creditsPauseMs?: number;
  /** How long the breaker stays open, milliseconds; then one submission goes out as a probe. */
  breakForMs?: number;
  /** A monotonic clock, milliseconds. */
  monotonicNow?(): number;
  /** Called after every call. Must not throw. */
  onCall?(call: UpstreamCall): void;
  /** Called for every response and webhook that deviates from the documentation. Must not throw. */
  onUnexpected?(response: UnexpectedResponse): void;
}

/** Pause after ModelsLab could not be reached, milliseconds. */
const unreachablePauseMs = 1000;
const accountTimeoutMs = 5000;
/** Held-back submissions are retried this soon, since a successful poll may close the breaker at any time. */
const recheckMs = 1000;

export function createModelsLabClient(options: ModelsLabClientOptions): FaceSwapProvider {
  const { apiKey, baseUrl, log, pictures: transport, onCall, onUnexpected } = options;
  const { submitTimeoutMs = 60_000, fetchTimeoutMs = 20_000, breakAfter = 5, breakForMs = 10_000 } = options;
  const {
    lateMs = 600_000,
    maxLate = 100,
    creditsPauseMs = 60_000,
    monotonicNow = () => performance.now(),
  } = options;
  const { origin } = new URL(baseUrl);
  const scrub = createSecretRedactor([apiKey]);
  const connections = createConnections(monotonicNow, options);
  const reader = createResponseReader({ log, scrub, record: createUnexpectedRecorder(log, onUnexpected) });
  const busyPause = createBusyPause(monotonicNow);
  let lateCount = 0;
  const breaker = createSubmissionBreaker({
    breakAfter,
    breakForMs,
    now: monotonicNow,
    onOpen: () => log.error({ pauseMs: breakForMs }, 'ModelsLab is unavailable; swaps wait in the queue'),
    onClose: () => log.info({}, 'ModelsLab is available again'),
  });

  const post = (url: string, body: object, how: Omit<PostOptions, 'isEnough'>): Promise<PostResult> =>
    postJson(url, body, { ...how, isEnough: reader.isEnough });

  function postSubmission(
    request: SwapRequest,
    webhookUrl: string,
    connection: FreshConnection,
    pictures: SubmittedPictures | undefined,
  ): Promise<PostResult> {
    const operation = modelsLabOperations[operationOf(request)];
    const images = Object.entries(operation.pictures).map(([name, field]) => {
      const url = String(request[field]);
      return [name, pictures ? pictures.get(url) : url] as const;
    });
    const fields = {
      key: apiKey,
      ...Object.fromEntries(images),
      ...(pictures && { base64: true }),
      ...operation.body(request),
      webhook: webhookUrl,
      track_id: request.trackId ?? null,
    };
    const body = pictures && jsonWithPictures(fields, pictures.release);
    return post(`${baseUrl}${operation.path}`, body ?? fields, {
      // ModelsLab may repeat the pictures in its response, with escaped slashes.
      ...(body && { maxResponseBytes: maxBodyBytes + 2 * body.bytes }),
      dispatcher: connection.dispatcher,
      timeoutMs: submitTimeoutMs,
      lateMs: () => (lateCount < maxLate ? lateMs : 0),
      onDone: () => connection.close(),
    });
  }

  async function fetchAt(url: string, context: ProviderCallContext): Promise<CallResult> {
    const sentAt = monotonicNow();
    const answer = await post(
      url,
      { key: apiKey },
      { dispatcher: connections.kept, timeoutMs: fetchTimeoutMs },
    );
    const result = reader.read('fetch', answer, context);
    if (result.kind === 'answer' && result.body && !isOutage(result)) breaker.recordResponse(sentAt);
    return result;
  }

  function decide(result: CallResult, { trackId }: SwapRequest): SubmitOutcome {
    const decision = submitOutcome(result, baseUrl, trackId);
    if (decision.kind === 'processing' || decision.kind === 'succeeded') busyPause.reset();
    if (decision.kind !== 'not-accepted') return decision;
    const { pauses, requestedMs } = decision;
    const pauseMs = { credits: creditsPauseMs, instance: unreachablePauseMs };
    const retryAfterMs = pauses === 'account' ? busyPause.next(requestedMs) : pauseMs[pauses];
    return { kind: 'not-accepted', retryAfterMs, pauses };
  }

  /** The outcome of a late response. The submission is not retried, so a late rejection counts as no response. */
  async function awaitLate(
    late: Promise<PostResult>,
    request: SwapRequest,
    context: ProviderCallContext,
  ): Promise<SubmitOutcome> {
    const sentAt = monotonicNow();
    lateCount += 1;
    const answer = await late.finally(() => {
      lateCount -= 1;
    });
    const result = reader.read('submit', answer, context);
    if (!isOutage(result)) breaker.recordResponse(sentAt);
    const outcome = decide(result, request);
    log.info({ swap: context.swapId, outcome: outcome.kind }, 'late response to a submission');
    if (outcome.kind !== 'not-accepted') return outcome;
    return outcome.pauses === 'credits' ? { kind: 'failed', error: upstreamAccount } : { kind: 'unknown' };
  }

  /** Reports the outcome of a call, and returns it. */
  function reported<Outcome extends { kind: string }>(
    kind: 'submit' | 'fetch',
    since: number,
    result: CallResult,
    outcome: Outcome,
  ): Outcome {
    const word = result.kind === 'no-answer' ? 'no_answer' : outcome.kind.replace('-', '_');
    onCall?.({ call: kind, outcome: word, ms: performance.now() - since });
    return outcome;
  }

  return {
    name: 'modelslab',
    async prepare(request, signal, context) {
      if (!transport) return { kind: 'ready', pictures: undefined };
      const { pictures } = modelsLabOperations[operationOf(request)];
      const inputs = Object.values(pictures).map((field) => [field, String(request[field])]);
      return readInputs(
        Object.fromEntries(inputs) as Record<string, string>,
        transport,
        log,
        signal,
        context?.swapId,
      );
    },
    connect: () => (breaker.isClosed() ? connections.fresh(origin) : undefined),
    async submit(request, webhookUrl, { connection, pictures, ...context } = {}) {
      const waitMs = breaker.admit();
      if (waitMs !== undefined) {
        connection?.close();
        pictures?.release();
        onCall?.({ call: 'submit', outcome: 'not_sent' });
        return {
          kind: 'not-accepted',
          retryAfterMs: Math.min(Math.max(waitMs, 100), recheckMs),
          pauses: 'instance',
        };
      }
      const since = performance.now();
      const fresh = connection instanceof FreshConnection ? connection : connections.fresh(origin);
      const answer = await postSubmission(request, webhookUrl, fresh, pictures);
      const result = reader.read('submit', answer, context);
      breaker.recordSubmission(isOutage(result));
      const outcome = reported('submit', since, result, decide(result, request));
      return outcome.kind === 'unknown' && answer.kind === 'no-answer' && answer.late
        ? { kind: 'unknown', late: awaitLate(answer.late, request, context) }
        : outcome;
    },
    async fetch({ modelsLabId, fetchPath }, context = {}) {
      const since = performance.now();
      const usualUrl = `${baseUrl}${usualFetchPath(modelsLabId)}`;
      let url = usualUrl;
      let result = await fetchAt(url, context);
      if (fetchPath !== undefined && result.kind === 'answer' && result.httpStatus === 404) {
        url = `${origin}${fetchPath}`;
        result = await fetchAt(url, context);
      }
      const isConfirmation = needsConfirmation(result);
      if (isConfirmation) result = await fetchAt(url, context);
      return reported('fetch', since, result, fetchOutcome(result, modelsLabId, isConfirmation));
    },
    async erase(modelsLabId) {
      const since = performance.now();
      const how = { dispatcher: connections.kept, timeoutMs: fetchTimeoutMs };
      const answer = await post(`${origin}${deletePath}`, { key: apiKey, ...deleteBody(modelsLabId) }, how);
      const outcome = eraseOutcome(answer);
      onCall?.({ call: 'erase', outcome, ms: performance.now() - since });
      return outcome;
    },
    account: createProviderAccount((path) =>
      post(
        `${origin}${path}`,
        { key: apiKey },
        { dispatcher: connections.kept, timeoutMs: accountTimeoutMs },
      ),
    ),
    readReport: (webhook, context = {}) => webhookReport(reader.readWebhook(webhook, context)),
    isAvailable: breaker.isClosed,
    close: connections.close,
  };
}

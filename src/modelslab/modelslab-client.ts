import type { LookupFunction } from 'node:net';
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import { Agent } from 'undici';
import type { FaceSwapProvider, SwapLog, UpstreamReport } from '../swap/ports.js';
import type { SwapRequest } from '../swap/swap.js';
import { createSecretRedactor } from '../telemetry/secret-redactor.js';
import { type CallResult, fetchOutcome, isOutage, reportOf, submitOutcome } from './call-policy.js';
import { readModelsLabBody } from './modelslab-wire.js';
import { postJson } from './post-json.js';

/** What came of one call, without a word of what was sent or answered. */
export interface UpstreamCall {
  call: 'submit' | 'fetch';
  /** `no_answer`: refused, broken off, timed out. `not_sent`: kept back by the circuit breaker. Else what was understood. */
  outcome: string;
  /** Undefined where nothing was sent. */
  ms?: number;
}

export interface ModelsLabClientOptions {
  apiKey: string;
  /** Without a slash at its end; `/single_face_swap` and `/fetch/{id}` are put after it. */
  baseUrl: string;
  log: SwapLog;
  /** For a whole call, milliseconds. */
  timeoutMs?: number;
  /** After so many submissions in a row that went unanswered or got a 5xx, nothing is sent for a while. */
  breakAfter?: number;
  /** That while, milliseconds; after it, one submission goes out as a probe. */
  breakForMs?: number;
  /** In place of the system's DNS lookup. */
  lookup?: LookupFunction;
  /** Is told of every call. Must not throw. */
  onCall?(call: UpstreamCall): void;
}

export interface ModelsLabClient extends FaceSwapProvider {
  /** Reads the body of a webhook. Any JSON value is fine; what makes no sense is `unintelligible`. */
  readReport(body: unknown): UpstreamReport;
}

const maxLoggedLength = 2000;

export function createModelsLabClient(options: ModelsLabClientOptions): ModelsLabClient {
  const { apiKey, baseUrl, log, timeoutMs = 10_000, breakAfter = 5, breakForMs = 10_000 } = options;
  const { lookup, onCall } = options;
  const scrub = createSecretRedactor([apiKey]);
  // Over HTTP/2 undici sends a request again by itself when the server refuses its stream or goes away.
  const agent = new Agent({ allowH2: false, connect: { timeout: timeoutMs, ...(lookup && { lookup }) } });
  const breaker = circuitBreaker(
    handleWhenResult((call) => isOutage(call as CallResult)),
    { breaker: new ConsecutiveBreaker(breakAfter), halfOpenAfter: breakForMs },
  );
  let openUntil = 0;
  breaker.onBreak(() => {
    openUntil = Date.now() + breakForMs;
    log.error({ pauseMs: breakForMs }, 'ModelsLab is not available; swaps wait in the queue');
  });
  breaker.onReset(() => log.info({}, 'ModelsLab is available again'));

  /** Answers are scrubbed before anything looks at them, so that no message or log line can carry a secret on. */
  async function call(path: string, body: object): Promise<CallResult> {
    const answer = await postJson(`${baseUrl}${path}`, { key: apiKey, ...body }, { agent, timeoutMs });
    if (answer.kind === 'no-answer') {
      log.warn({ path, wasSent: answer.wasSent, reason: scrub(answer.reason) }, 'ModelsLab did not answer');
      return answer;
    }
    const text = scrub(answer.text);
    const json = parseJson(text);
    const read = readModelsLabBody(json);
    const fields = { path, httpStatus: answer.httpStatus, body: text.slice(0, maxLoggedLength) };
    if (!read) log.error(fields, 'ModelsLab answered in a way that cannot be understood');
    else if (read.status === 'error')
      log[isOperatorsMatter(answer.httpStatus) ? 'error' : 'warn'](fields, 'ModelsLab refused or failed');
    return { kind: 'answer', httpStatus: answer.httpStatus, isJson: json !== undefined, body: read };
  }

  /** The outcome of a call, after telling the observer. */
  function told<Outcome extends { kind: string }>(
    kind: UpstreamCall['call'],
    since: number,
    result: CallResult,
    outcome: Outcome,
  ): Outcome {
    const word = result.kind === 'no-answer' ? 'no_answer' : outcome.kind.replace('-', '_');
    onCall?.({ call: kind, outcome: word, ms: performance.now() - since });
    return outcome;
  }

  return {
    async submit(request, webhookUrl) {
      const since = performance.now();
      try {
        const body = submission(request, webhookUrl);
        const result = await breaker.execute(() => call('/single_face_swap', body));
        return told('submit', since, result, submitOutcome(result));
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        onCall?.({ call: 'submit', outcome: 'not_sent' });
        return {
          kind: 'not-accepted',
          retryAfterMs: Math.max(openUntil - Date.now(), 100),
          pauses: 'instance',
        };
      }
    },
    async fetch({ modelsLabId }) {
      const since = performance.now();
      const result = await call(`/fetch/${modelsLabId}`, {});
      return told('fetch', since, result, fetchOutcome(result));
    },
    readReport(body) {
      return reportOf(readModelsLabBody(parseJson(scrub(JSON.stringify(body)))));
    },
    isAvailable: () => breaker.state === CircuitState.Closed,
    close: () => agent.destroy(),
  };
}

/** Field names as in ModelsLab's reference; `webhook` and `track_id` may be null there. */
function submission(
  { initImage, targetImage, referenceImage, watermark, trackId }: SwapRequest,
  webhookUrl: string,
): object {
  return {
    init_image: initImage,
    target_image: targetImage,
    reference_image: referenceImage,
    watermark,
    webhook: webhookUrl,
    track_id: trackId ?? null,
  };
}

const isOperatorsMatter = (httpStatus: number): boolean => [401, 402, 403].includes(httpStatus);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

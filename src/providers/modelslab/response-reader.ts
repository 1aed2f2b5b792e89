import { LRUCache } from 'lru-cache';
import { one } from '../../lib/lru-size.js';
import type { SecretRedactor } from '../../lib/redact-secrets.js';
import { redactUrlParts, redactUrls } from '../../lib/redact-urls.js';
import type { ProviderCallContext, SwapLog } from '../../swap/ports.js';
import { readRetryAfter } from './busy-pause.js';
import { type AnsweredCall, type CallResult, isRedirect, needsConfirmation } from './call-policy.js';
import { decodeBody, maxBodyBytes, type RawBody } from './decode-body.js';
import { dropEchoedPictures } from './echoed-pictures.js';
import { formFields } from './form-fields.js';
import type { PostAnswer, PostResult } from './post-json.js';
import { loggable, type UnexpectedKind, type UnexpectedRecorder } from './unexpected-responses.js';
import { type ModelsLabBody, readModelsLabBody, readModelsLabText } from './wire.js';

export interface ResponseReader {
  /** Whether a truncated response is complete enough to use. */
  isEnough(answer: PostAnswer): boolean;
  read(where: 'submit' | 'fetch', answer: PostResult, context: ProviderCallContext): CallResult;
  /** @returns undefined if the body is unreadable */
  readWebhook(webhook: RawBody, context: ProviderCallContext): ModelsLabBody | undefined;
}

interface ReaderDeps {
  log: SwapLog;
  scrub: SecretRedactor;
  record: UnexpectedRecorder;
}

/** Limit on remembered swaps whose failed poll was logged. */
const maxSwaps = 10_000;

/**
 * Decodes responses. Bodies are scrubbed before anything else sees them, so no message or log line can leak a secret.
 */
export function createResponseReader({ log, scrub, record }: ReaderDeps): ResponseReader {
  const failedPolls = new LRUCache<string, true>({ maxSize: maxSwaps, sizeCalculation: one });
  const textOf = (body: RawBody): string => scrub(dropEchoedPictures(decodeBody(body), maxBodyBytes));

  function logFailure(where: 'submit' | 'fetch', fields: object, httpStatus: number, swapId = ''): void {
    // Logged once per swap: polls repeat.
    if (where === 'fetch' && failedPolls.has(swapId)) return;
    if (where === 'fetch') failedPolls.set(swapId, true);
    log[isOperatorsMatter(httpStatus) ? 'error' : 'warn'](fields, 'ModelsLab rejected a request or failed');
  }

  return {
    isEnough: ({ body }) => readModelsLabText(textOf(body)) !== undefined,
    read(where, answer, { swapId }) {
      if (answer.kind === 'no-answer') {
        const { wasSent, reason } = answer;
        log.warn({ swap: swapId, where, wasSent, reason: scrub(reason) }, 'no response from ModelsLab');
        return { kind: 'no-answer', wasSent };
      }
      const { httpStatus, headers } = answer;
      const text = textOf(answer.body);
      const body = readModelsLabText(text);
      const call: AnsweredCall = {
        kind: 'answer',
        httpStatus,
        body,
        hasCdnHeaders: headers['cf-ray'] !== undefined || /cloudflare/i.test(headers['server'] ?? ''),
        retryAfterMs: readRetryAfter(headers, Date.now()),
      };
      if (isRedirect(call)) {
        const location = scrub(locationOf(headers['location']));
        log.error(
          { swap: swapId, where, httpStatus, location },
          'ModelsLab redirects: MODELSLAB_BASE_URL is wrong or outdated',
        );
      }
      const kind = unexpectedKind(call, answer.isComplete);
      if (kind) record({ where, kind }, { swapId, httpStatus, text });
      const isFailure = body?.status === 'error' || body?.status === 'failed';
      if (isOperatorsMatter(httpStatus) || (isFailure && !kind))
        logFailure(where, { swap: swapId, where, httpStatus, body: loggable(text) }, httpStatus, swapId);
      return call;
    },
    readWebhook(webhook, { swapId }) {
      const text = textOf(webhook);
      const body = readModelsLabText(text) ?? readModelsLabBody(formFields(text));
      const kind = body ? body.oddity : 'unreadable';
      if (kind) record({ where: 'webhook', kind }, { swapId, text });
      return body;
    },
  };
}

/** Key, credits or plan. */
const isOperatorsMatter = (httpStatus: number): boolean => [401, 402, 403].includes(httpStatus);

function unexpectedKind(call: AnsweredCall, isComplete: boolean): UnexpectedKind | undefined {
  if (isRedirect(call)) return 'redirect';
  if (!call.body) return 'unreadable';
  if (!isComplete) return 'incomplete';
  const isAccepted = call.body.status === 'success' || call.body.status === 'processing';
  if (needsConfirmation(call) || (isAccepted && call.httpStatus >= 400)) return 'contradiction';
  return call.body.oddity;
}

/** The redirect target without its query, which may echo the request; and its path only if it is one of ModelsLab's API. */
function locationOf(location: string | undefined): string {
  const target = (location ?? '')
    .replace(/[?#].*$/s, '')
    .replace(/\/\/[^/@]*@/, '//')
    .slice(0, 300);
  return URL.canParse(target) ? redactUrls(target) : redactUrlParts(target);
}

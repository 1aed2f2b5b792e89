import { z } from 'zod';
import { secret } from './secret.js';
import {
  env,
  flag,
  milliseconds,
  minuteMs,
  positive,
  positiveOrOff,
  secretEnv,
  type ValuesOf,
} from './setting.js';

/** What clients may request, and how long swaps may wait, run and be kept. */
export const swapSettings = {
  /** Whether image URLs may start with `http://`. */
  allowHttpImages: env('ALLOW_HTTP_IMAGES', flag.prefault('off')),
  /** Whether pictures are looked at before a swap is accepted. */
  checkInputs: env('CHECK_INPUTS', flag.prefault('off')),
  /** Whether swaps need `consent: true`. */
  requireConsent: env('REQUIRE_CONSENT', flag.prefault('off')),
  /** How long evidence of consent is kept, also after its swap is gone. */
  consentRetentionMs: env('CONSENT_RETENTION_MS', milliseconds(365 * 24 * 60 * minuteMs)),
  /** Key of the HMAC of inputs in evidence. Undefined: kept in the data directory, or derived from WEBHOOK_SECRET with Redis. */
  consentSecret: secretEnv(
    'CONSENT_SECRET',
    z.string().min(16, 'must have at least 16 characters').transform(secret).optional(),
  ),
  /** Swaps that one client may have accepted within 24 hours. Undefined: no limit. */
  swapsPerDay: env('SWAPS_PER_DAY', positiveOrOff.optional()),
  /** Limit on queued swaps per client. */
  maxWaitingPerClient: env('MAX_WAITING_PER_CLIENT', positive(100)),
  /** Limit on queued swaps of all clients. */
  maxWaiting: env('MAX_WAITING', positive(10_000)),
  queueDeadlineMs: env('QUEUE_DEADLINE_MS', milliseconds(15 * minuteMs)),
  processingDeadlineMs: env('PROCESSING_DEADLINE_MS', milliseconds(10 * minuteMs)),
  /** How long a finished swap is kept. */
  resultTtlMs: env('RESULT_TTL_MS', milliseconds(7 * 24 * 60 * minuteMs)),
};

export function findSwapProblems({ swapsPerDay, resultTtlMs }: ValuesOf<typeof swapSettings>): string[] {
  if (swapsPerDay === undefined || resultTtlMs >= 24 * 60 * minuteMs) return [];
  return ['SWAPS_PER_DAY: counts stored swaps, so RESULT_TTL_MS must be at least a day'];
}

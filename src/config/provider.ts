import { z } from 'zod';
import { secret } from './secret.js';
import { env, flag, httpUrl, milliseconds, minuteMs, positive, secretEnv } from './setting.js';

/** ModelsLab: the account, and how long calls may take. */
export const providerSettings = {
  /** Undefined: the sandbox replaces ModelsLab. */
  modelsLabApiKey: secretEnv('MODELSLAB_API_KEY', z.string().min(1).transform(secret).optional()),
  modelsLabBaseUrl: env('MODELSLAB_BASE_URL', httpUrl.default('https://modelslab.com/api/v6/deepfake')),
  /** How pictures get to ModelsLab: as URLs, as data, or as data where it could not fetch them. */
  modelsLabImages: env('MODELSLAB_IMAGES', z.enum(['auto', 'url', 'base64']).default('auto')),
  /** Whether ModelsLab is asked how full the account's queue is, and for its balance. */
  accountChecks: env('ACCOUNT_CHECKS', flag.prefault('off')),
  /** Slots: how many swaps the account's plan queues at a time. */
  queueLimit: env('MODELSLAB_QUEUE_LIMIT', positive(5)),
  /** Timeout of a submission. A shutdown waits this long for submissions in flight. */
  submitTimeoutMs: env('SUBMIT_TIMEOUT_MS', milliseconds(minuteMs)),
  /** Timeout of a poll. */
  fetchTimeoutMs: env('FETCH_TIMEOUT_MS', milliseconds(20_000)),
  /** Delay before the first poll. */
  pollIntervalMs: env('POLL_INTERVAL_MS', milliseconds(1000)),
  /** First interval between attempts while the account has no credits; later ones grow tenfold. */
  creditsRetryMs: env('CREDITS_RETRY_MS', milliseconds(minuteMs)),
  /** How long a submission with an unknown outcome holds its slot. */
  unknownSlotMs: env('UNKNOWN_SLOT_MS', milliseconds(minuteMs)),
};

import { z } from 'zod';
import type { providerSettings } from './provider.js';
import { secret } from './secret.js';
import { env, flag, type ValuesOf } from './setting.js';
import type { webhookSettings } from './webhooks.js';

/** Where swaps are kept: files in the data directory, or Redis. */
export const backendSettings = {
  dataDir: env('DATA_DIR', z.string().min(1).default('./data')),
  /** Undefined: a single process, with its store in the data directory. */
  redisUrl: env(
    'REDIS_URL',
    z
      .url({ protocol: /^rediss?$/, error: 'must be a redis or rediss URL' })
      .transform(secret)
      .optional(),
  ),
  /** Prefix of all keys and channels in Redis. */
  redisPrefix: env('REDIS_PREFIX', z.string().min(1).default('face-swap:')),
  /** Path of a PEM file with the CAs trusted for Redis's certificate. */
  redisCaFile: env('REDIS_CA_FILE', z.string().optional()),
  /** Allow starting in production on a Redis that may lose acknowledged writes. */
  redisAllowLoss: env('REDIS_ALLOW_LOSS', flag.prefault('off')),
  /** Replicas that must acknowledge an accepted swap before the response, and the submission mark before the POST. */
  redisWaitReplicas: env(
    'REDIS_WAIT_REPLICAS',
    z.coerce.number().int('must be a whole number').min(0, 'must be 0 or more').default(0),
  ),
};

/** Secrets that a single process generates for itself must be given where instances share them. */
export function findBackendProblems(
  values: ValuesOf<typeof backendSettings & typeof providerSettings & typeof webhookSettings>,
): string[] {
  const { redisUrl, webhookSecrets, webhookSigningSecret, modelsLabApiKey } = values;
  const problems: string[] = [];
  if (redisUrl) {
    if (webhookSecrets.length === 0)
      problems.push('WEBHOOK_SECRET: is needed with REDIS_URL, the same for all instances');
    if (!webhookSigningSecret)
      problems.push('WEBHOOK_SIGNING_SECRET: is needed with REDIS_URL, the same for all instances');
    if (!modelsLabApiKey)
      problems.push(
        'MODELSLAB_API_KEY: is needed with REDIS_URL, since instances cannot share a built-in sandbox; for a sandbox of its own, `npm run sandbox` and set MODELSLAB_BASE_URL',
      );
  }
  if (values.redisCaFile !== undefined && !redisUrl?.reveal().startsWith('rediss:'))
    problems.push('REDIS_CA_FILE: is for TLS, so REDIS_URL must begin with rediss:');
  return problems;
}

import { z } from 'zod';
import type { providerSettings } from './provider.js';
import { secret } from './secret.js';
import { env, flag, secretEnv, type ValuesOf } from './setting.js';
import type { webhookSettings } from './webhooks.js';

/** Where swaps are stored: in the data directory, or in Redis. */
export const backendSettings = {
  dataDir: env('DATA_DIR', z.string().min(1).default('./data')),
  /** Whether the store was restored from a backup, so that nothing that is open in it may be submitted. */
  isRestored: env('RESTORED', flag.prefault('off')),
  /** Undefined: a single process, with its store in the data directory. */
  redisUrl: secretEnv(
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

/** A single process generates missing secrets; instances that share Redis must be given them. */
export function findBackendProblems(
  values: ValuesOf<typeof backendSettings & typeof providerSettings & typeof webhookSettings>,
): string[] {
  const { redisUrl, webhookSecrets, webhookSigningSecret, modelsLabApiKey } = values;
  const problems: string[] = [];
  if (redisUrl) {
    if (webhookSecrets.length === 0)
      problems.push('WEBHOOK_SECRET: is required with REDIS_URL, and must be the same on all instances');
    if (!webhookSigningSecret)
      problems.push(
        'WEBHOOK_SIGNING_SECRET: is required with REDIS_URL, and must be the same on all instances',
      );
    if (!modelsLabApiKey)
      problems.push(
        'MODELSLAB_API_KEY: is required with REDIS_URL, since instances cannot share the built-in sandbox; to use a separate one, run `npm run sandbox`, and set MODELSLAB_BASE_URL and any key',
      );
  }
  if (values.redisCaFile !== undefined && !redisUrl?.reveal().startsWith('rediss:'))
    problems.push('REDIS_CA_FILE: requires TLS, so REDIS_URL must start with rediss:');
  return problems;
}

import { createHmac } from 'node:crypto';
import type { Backend } from '../backends/backend.js';
import type { ConsentPolicy } from '../swap/consent.js';

/** Without a secret of its own, the key must still be the same on all instances. */
export function consentPolicyOf(
  { secret, retentionMs }: { secret: string | undefined; retentionMs: number },
  backend: Pick<Backend, 'isShared' | 'secret'>,
  webhookSecret: string,
): ConsentPolicy {
  if (secret !== undefined) return { key: secret, retentionMs };
  const key = backend.isShared
    ? createHmac('sha256', webhookSecret).update('evidence of consent').digest('base64')
    : backend.secret('consent-secret');
  return { key, retentionMs };
}

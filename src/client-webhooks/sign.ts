import { createHmac } from 'node:crypto';

export const signingSecretPrefix = 'whsec_';

/**
 * The headers of a signed webhook, as defined by Standard Webhooks: HMAC-SHA256 over id, timestamp and body, once with each secret.
 *
 * @param secrets `whsec_` and base64; receivers accept a webhook if any of the signatures is valid
 * @param id the same on every attempt
 * @param now milliseconds since the epoch
 * @see https://www.standardwebhooks.com
 */
export function signWebhook(
  secrets: readonly string[],
  id: string,
  now: number,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(signingSecretPrefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

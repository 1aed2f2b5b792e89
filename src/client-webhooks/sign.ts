import { createHmac } from 'node:crypto';

export const signingSecretPrefix = 'whsec_';

/**
 * The headers of a signed webhook, as defined by Standard Webhooks: HMAC-SHA256 over id, timestamp and body.
 *
 * @param secret `whsec_` and base64
 * @param id the same on every attempt
 * @param now milliseconds since the epoch
 * @see https://www.standardwebhooks.com
 */
export function signWebhook(secret: string, id: string, now: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const key = Buffer.from(secret.slice(signingSecretPrefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

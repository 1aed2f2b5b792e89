import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The key that makes a webhook believable: ModelsLab does not sign, so the address itself is the secret. */
export interface WebhookTokens {
  issue(swapId: string): string;
  /** @returns the swap that the token was issued for, or undefined for whatever was not issued here */
  verify(token: string): string | undefined;
}

/**
 * Swap id + `.` + HMAC-SHA256 over it, as base64url.
 *
 * @param secret signs new tokens
 * @param older previous secrets whose tokens are still accepted; without them, changing the secret invalidates all tokens
 */
export function createWebhookTokens(secret: string, ...older: readonly string[]): WebhookTokens {
  const key = createSecretKey(secret, 'utf8');
  const keys = [key, ...older.map((text) => createSecretKey(text, 'utf8'))];
  const sign = (swapId: string, by: KeyObject): Buffer => createHmac('sha256', by).update(swapId).digest();
  return {
    issue: (swapId) => `${swapId}.${sign(swapId, key).toString('base64url')}`,
    verify(token) {
      const [, swapId, signature] = /^([0-9a-f-]{36})\.([\w-]{43})$/.exec(token) ?? [];
      if (swapId === undefined || signature === undefined) return undefined;
      const given = Buffer.from(signature, 'base64url');
      // Checks all of them, so timing does not reveal which one matched.
      const matches = keys.filter((by) => timingSafeEqual(given, sign(swapId, by)));
      return matches.length > 0 ? swapId : undefined;
    },
  };
}

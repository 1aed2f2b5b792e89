import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** Authenticates webhooks: ModelsLab does not sign them, so their URL contains a secret token. */
export interface WebhookTokens {
  issue(swapId: string): string;
  /** @returns the id of the swap that the token was issued for, or undefined for a token that was not issued here */
  verify(token: string): string | undefined;
}

/**
 * A token is the swap's id, a dot, and the id's HMAC-SHA256 as base64url.
 *
 * @param secret signs new tokens
 * @param older previous secrets whose tokens are still accepted; without them, changing the secret invalidates all tokens
 */
export function createWebhookTokens(secret: string, ...older: readonly string[]): WebhookTokens {
  const key = createSecretKey(secret, 'utf8');
  const keys = [key, ...older.map((text) => createSecretKey(text, 'utf8'))];
  const sign = (swapId: string, by: KeyObject): string =>
    createHmac('sha256', by).update(swapId).digest('base64url');
  return {
    issue: (swapId) => `${swapId}.${sign(swapId, key)}`,
    verify(token) {
      const [, swapId, signature] = /^([0-9a-f-]{36})\.([\w-]{43})$/.exec(token) ?? [];
      if (swapId === undefined || signature === undefined) return undefined;
      // Compares text: four last characters decode to the same bytes, and only one of them was issued.
      const given = Buffer.from(signature);
      // Checks all keys, so timing does not reveal which one matched.
      const matches = keys.filter((by) => timingSafeEqual(given, Buffer.from(sign(swapId, by))));
      return matches.length > 0 ? swapId : undefined;
    },
  };
}

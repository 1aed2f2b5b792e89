import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** The key that makes a webhook believable: ModelsLab does not sign, so the address itself is the secret. */
export interface WebhookTokens {
  issue(swapId: string): string;
  /** @returns the swap that the token was issued for, or undefined for whatever was not issued here */
  verify(token: string): string | undefined;
}

/** Swap id + `.` + HMAC-SHA256 over it, as base64url. @param secret the operator's; changing it voids every token */
export function createWebhookTokens(secret: string): WebhookTokens {
  const key = createSecretKey(secret, 'utf8');
  const sign = (swapId: string): Buffer => createHmac('sha256', key).update(swapId).digest();
  return {
    issue: (swapId) => `${swapId}.${sign(swapId).toString('base64url')}`,
    verify(token) {
      const [, swapId, signature] = /^([0-9a-f-]{36})\.([\w-]{43})$/.exec(token) ?? [];
      if (swapId === undefined || signature === undefined) return undefined;
      return timingSafeEqual(Buffer.from(signature, 'base64url'), sign(swapId)) ? swapId : undefined;
    },
  };
}

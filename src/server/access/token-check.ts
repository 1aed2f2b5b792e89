import { hash, timingSafeEqual } from 'node:crypto';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';

/**
 * Checks a request for the one token of an operator.
 *
 * @param authorization value of the header
 * @param address by which failures are counted
 * @throws UNAUTHENTICATED; RATE_LIMITED after too many failures from the address. The right token always passes.
 */
export type TokenCheck = (authorization: string | undefined, address: () => string) => void;

export interface TokenCheckOptions {
  /** Name of the variable, for the message. */
  variable: string;
  token: string;
  failures: RateLimiter;
}

/** Compares in constant time. */
export function createTokenCheck({ variable, token, failures }: TokenCheckOptions): TokenCheck {
  const expected = hash('sha256', token, 'buffer');
  return (authorization, address) => {
    const [, credential] = /^Bearer +(\S{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (credential !== undefined && timingSafeEqual(hash('sha256', credential, 'buffer'), expected)) return;
    const waitMs = failures.take(address());
    if (waitMs > 0) throw rateLimited(`Too many attempts without a valid ${variable}.`, waitMs);
    throw new GatewayError('UNAUTHENTICATED', `Send the ${variable}: "Authorization: Bearer TOKEN".`);
  };
}

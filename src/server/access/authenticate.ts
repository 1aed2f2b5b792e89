import { hash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../../graphql/context.js';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { JwtVerifier } from './jwt.js';

/**
 * Authenticates a request, on both transports. Returns a promise only for a token that has not been verified before.
 *
 * @param authorization value of the header, or of `authorization` in the WebSocket's connection parameters
 * @param address client address, by which failures are counted
 * @param requestId for the audit log
 * @throws UNAUTHENTICATED; RATE_LIMITED after too many failures from the address; UNAVAILABLE if the signing keys cannot be
 * fetched. A returned promise rejects with these.
 */
export type Authenticator = (
  authorization: string | undefined,
  address: () => string,
  requestId: string,
) => Principal | Promise<Principal>;

export interface AuthenticatorOptions {
  /** Client names with the SHA-256 hashes of their keys, in hexadecimal. */
  keys: readonly { client: string; sha256: string }[];
  tokens?: JwtVerifier;
  failures: RateLimiter;
}

const localClient: Principal = { client: 'local' };

/** Without keys and tokens, every request belongs to the single local client. */
export function createAuthenticator({ keys, tokens, failures }: AuthenticatorOptions): Authenticator {
  if (keys.length === 0 && !tokens) return () => localClient;
  const known = keys.map(({ client, sha256 }) => ({
    principal: { client },
    hash: Buffer.from(sha256, 'hex'),
  }));

  const fail = (address: () => string): never => {
    const waitMs = failures.take(address());
    if (waitMs > 0) throw rateLimited('Too many attempts without a valid key or token.', waitMs);
    throw new GatewayError(
      'UNAUTHENTICATED',
      'Send a valid API key or token: "Authorization: Bearer KEY", or connectionParams.authorization.',
    );
  };

  const verify = async (token: string, digest: Buffer, address: () => string): Promise<Principal> =>
    (await tokens?.verify(token, digest)) ?? fail(address);

  return (authorization, address) => {
    const [, credential] = /^Bearer +(\S{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (credential === undefined) return fail(address);
    const digest = hash('sha256', credential, 'buffer');
    let principal: Principal | undefined;
    // Compares every key, so that timing does not reveal which one matched.
    for (const candidate of known) {
      if (timingSafeEqual(candidate.hash, digest)) principal ??= candidate.principal;
    }
    principal ??= tokens?.recall(digest);
    if (principal) return principal;
    // Verification costs a hundred times as much as the steps above, so rate-limited addresses do not get it.
    if (!tokens?.isToken(credential) || failures.peek(address()) > 0) return fail(address);
    return verify(credential, digest, address);
  };
}

import { hash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../../graphql/context.js';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import type { JwtVerifier } from './jwt.js';

/**
 * Who makes a request, for both transports. Gives a promise only where a token must be verified that was not seen before.
 *
 * @param authorization value of the header, or of `authorization` in the WebSocket's connection parameters
 * @param address where it comes from: failures are counted by it
 * @throws UNAUTHENTICATED; RATE_LIMITED after too many of those from the address; UNAVAILABLE when the keys that tokens
 * are signed with cannot be fetched. Promises reject with the same.
 */
export type Authenticator = (
  authorization: string | undefined,
  address: () => string,
) => Principal | Promise<Principal>;

export interface AuthenticatorOptions {
  /** Names of clients with the SHA-256 hashes of their keys, in hexadecimal. */
  keys: readonly { client: string; sha256: string }[];
  tokens?: JwtVerifier;
  failures: RateLimiter;
}

const localClient: Principal = { client: 'local' };

/** With neither keys nor tokens, everyone is the one local client. */
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
    // Every key is compared, so that the time tells nothing of which one came near.
    for (const candidate of known) {
      if (timingSafeEqual(candidate.hash, digest)) principal ??= candidate.principal;
    }
    principal ??= tokens?.recall(digest);
    if (principal) return principal;
    // Verifying costs a hundred times as much as all of the above, so it is not done for an address that only fails.
    if (!tokens?.isToken(credential) || failures.peek(address()) > 0) return fail(address);
    return verify(credential, digest, address);
  };
}

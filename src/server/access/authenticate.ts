import { hash, timingSafeEqual } from 'node:crypto';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import { allScopes, type Principal } from '../../swap/principal.js';
import type { ClientTokens } from './client-tokens.js';
import type { JwtVerifier } from './jwt.js';

/**
 * Authenticates a request, on both transports. Returns a promise only for a token that has not been verified before.
 *
 * @param authorization value of the header, or of `authorization` in the WebSocket's connection parameters
 * @param address client address, by which failures are counted
 * @throws UNAUTHENTICATED; RATE_LIMITED after too many failures from the address; UNAVAILABLE if the signing keys cannot be
 * fetched. A returned promise rejects with these.
 */
export type Authenticator = (
  authorization: string | undefined,
  address: () => string,
) => Principal | Promise<Principal>;

export interface AuthenticatorOptions {
  /** Client names with the SHA-256 hashes of their keys, in hexadecimal. */
  keys: readonly { client: string; sha256: string }[];
  tokens?: JwtVerifier;
  clientTokens?: Pick<ClientTokens, 'isToken' | 'recall' | 'verify'> | undefined;
  failures: RateLimiter;
}

const localClient: Principal = { client: 'local', kind: 'local', scopes: allScopes };

/** Without keys and tokens, every request belongs to the single local client. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { keys, tokens, clientTokens, failures } = options;
  if (keys.length === 0 && !tokens) return () => localClient;
  const known = keys.map(({ client, sha256 }) => ({
    principal: { client, kind: 'key', scopes: allScopes, key: sha256 } satisfies Principal,
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

  const verify = async (
    verifier: Pick<JwtVerifier, 'verify'>,
    token: string,
    digest: Buffer,
    address: () => string,
  ): Promise<Principal> => (await verifier.verify(token, digest)) ?? fail(address);

  return (authorization, address) => {
    const [, credential] = /^Bearer +(\S{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (credential === undefined) return fail(address);
    const digest = hash('sha256', credential, 'buffer');
    let principal: Principal | undefined;
    // Compares every key, so that timing does not reveal which one matched.
    for (const candidate of known) {
      if (timingSafeEqual(candidate.hash, digest)) principal ??= candidate.principal;
    }
    principal ??= tokens?.recall(digest) ?? clientTokens?.recall(digest);
    if (principal) return principal;
    // Verification costs a hundred times as much as the steps above, so rate-limited addresses do not get it.
    if (failures.peek(address()) > 0) return fail(address);
    const verifier = [clientTokens, tokens].find((candidate) => candidate?.isToken(credential));
    return verifier ? verify(verifier, credential, digest, address) : fail(address);
  };
}

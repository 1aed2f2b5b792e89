import { hash } from 'node:crypto';
import type { RateLimiter } from '../../lib/rate-limiter.js';
import { GatewayError, rateLimited } from '../../swap/errors.js';
import { allScopes, type Principal } from '../../swap/principal.js';
import type { ClientTokens } from './client-tokens.js';
import type { JwtVerifier } from './jwt.js';

/** Authenticates clients, on both transports. */
export interface Authenticator {
  /**
   * Returns a promise only for a token that has not been verified before.
   *
   * @param authorization value of the header, or of `authorization` in the WebSocket's connection parameters
   * @param address client address, by which failures are counted
   * @param requestId for the audit log
   * @throws UNAUTHENTICATED; RATE_LIMITED after too many failures from the address; UNAVAILABLE if the signing keys cannot be
   * fetched. A returned promise rejects with these.
   */
  authenticate(
    authorization: string | undefined,
    address: () => string,
    requestId: string,
  ): Principal | Promise<Principal>;
  /**
   * Checks that the key or token of a principal authenticated earlier is still valid, for all of its scopes.
   * @throws UNAUTHENTICATED, UNAVAILABLE
   */
  recheck(principal: Principal): void;
}

/** The API keys. */
export interface ApiKeys {
  /** The principal of a valid key. @param digest SHA-256 of the key, in lower-case hexadecimal */
  findKey(digest: string): Principal | undefined;
  /** Whether the key of a principal is still valid, for all of the principal's scopes. */
  isCurrent(principal: Principal): boolean;
}

export interface AuthenticatorOptions {
  /** Whether there are neither keys nor tokens, so that every request belongs to the single local client. */
  isOpen: boolean;
  keys: ApiKeys;
  tokens?: JwtVerifier | undefined;
  clientTokens?: Pick<ClientTokens, 'isToken' | 'recall' | 'verify'> | undefined;
  failures: RateLimiter;
}

const localClient: Principal = { client: 'local', kind: 'local', scopes: allScopes };

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { isOpen, keys, tokens, clientTokens, failures } = options;
  if (isOpen) return { authenticate: () => localClient, recheck: () => undefined };

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
    digest: string,
    address: () => string,
  ): Promise<Principal> => (await verifier.verify(token, digest)) ?? fail(address);

  return {
    authenticate(authorization, address) {
      const [, credential] = /^Bearer +(\S{1,8192})$/i.exec(authorization ?? '') ?? [];
      if (credential === undefined) return fail(address);
      const digest = hash('sha256', credential, 'hex');
      const principal = keys.findKey(digest) ?? tokens?.recall(digest) ?? clientTokens?.recall(digest);
      if (principal) return principal;
      // Verification costs a hundred times as much as the steps above, so rate-limited addresses do not get it.
      if (failures.peek(address()) > 0) return fail(address);
      const verifier = [clientTokens, tokens].find((candidate) => candidate?.isToken(credential));
      return verifier ? verify(verifier, credential, digest, address) : fail(address);
    },
    recheck(principal) {
      const isCurrent = principal.kind === 'jwt' ? tokens?.isCurrent(principal) : keys.isCurrent(principal);
      if (!isCurrent) throw new GatewayError('UNAUTHENTICATED', 'The key or token is no longer valid.');
    },
  };
}

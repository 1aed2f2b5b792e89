import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { GatewayError } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';
import { allScopes, type Principal } from '../../swap/principal.js';
import { isUsableSubject } from '../../swap/subject.js';
import { fetchJwks } from './fetch-jwks.js';

export interface JwtOptions {
  jwksUrl: string;
  issuer: string;
  audience: string;
}

/** Verifies JWTs issued by an identity provider. */
export interface JwtVerifier {
  /** Whether the credential has the form of a JWT. */
  isToken(credential: string): boolean;
  /** The principal of an already verified token, while it is valid; undefined: it must be verified. */
  recall(digest: Buffer): Principal | undefined;
  /** @returns undefined for an invalid token. @throws UNAVAILABLE if it cannot be verified */
  verify(token: string, digest: Buffer): Promise<Principal | undefined>;
}

/** Asymmetric algorithms only: with a shared secret, anyone who can verify tokens could also sign them. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const maxRemembered = 10_000;
const clockToleranceSeconds = 5;

/** Caches verified tokens until they expire, by digest and never in plain text. */
export function createJwtVerifier(
  { jwksUrl, issuer, audience }: JwtOptions,
  log: SwapLog,
  now: () => number = Date.now,
): JwtVerifier {
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: 5000,
    [customFetch]: fetchJwks,
  });
  const remembered = new LRUCache<string, Principal & { expiresAt: number }>({ max: maxRemembered });

  return {
    isToken: (credential) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential),
    recall(digest) {
      const key = digest.toString('base64url');
      const principal = remembered.get(key);
      if (!principal || principal.expiresAt > now()) return principal;
      remembered.delete(key);
      return undefined;
    },
    async verify(token, digest) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: clockToleranceSeconds,
          currentDate: new Date(now()),
        });
        const { sub, exp } = payload;
        if (sub === undefined || exp === undefined || !isUsableSubject(sub)) return undefined;
        const principal = {
          client: `jwt:${encodeURIComponent(sub)}`,
          kind: 'jwt' as const,
          scopes: allScopes,
          expiresAt: (exp + clockToleranceSeconds) * 1000,
        };
        remembered.set(digest.toString('base64url'), principal);
        return principal;
      } catch (error) {
        if (isInvalidToken(error)) return undefined;
        log.error({ err: error }, 'failed to fetch the keys that verify tokens');
        throw new GatewayError(
          'UNAVAILABLE',
          'Tokens cannot be verified right now.',
          { retryAfter: 5 },
          { cause: error },
        );
      }
    },
  };
}

/** Whether jose rejected the token, rather than failed to fetch the keys. */
function isInvalidToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== errors.JOSEError.code;
}

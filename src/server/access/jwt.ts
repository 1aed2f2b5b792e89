import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../../graphql/context.js';
import { GatewayError } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';
import { fetchJwks } from './fetch-jwks.js';

export interface JwtOptions {
  jwksUrl: string;
  issuer: string;
  audience: string;
}

/** Tokens of an identity provider. */
export interface JwtVerifier {
  /** Whether it has the form of one. */
  isToken(credential: string): boolean;
  /** Who the token of this digest was verified to be of, while it is valid; undefined if it has to be verified. */
  recall(digest: Buffer): Principal | undefined;
  /** @returns undefined for a token that is not valid. @throws UNAVAILABLE when that cannot be found out */
  verify(token: string, digest: Buffer): Promise<Principal | undefined>;
}

/** Signatures by a private key only: with a shared secret, or none, whoever can verify could also sign. */
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
const maxSubjectLength = 255;
const clockToleranceSeconds = 5;

/** Verified tokens are remembered, by digest and never in the clear, until they expire. */
export function createJwtVerifier(
  { jwksUrl, issuer, audience }: JwtOptions,
  log: SwapLog,
  now: () => number = Date.now,
): JwtVerifier {
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: 5000,
    [customFetch]: fetchJwks,
  });
  const remembered = new LRUCache<string, Required<Principal>>({ max: maxRemembered });

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
          expiresAt: (exp + clockToleranceSeconds) * 1000,
        };
        remembered.set(digest.toString('base64url'), principal);
        return principal;
      } catch (error) {
        if (isVerdict(error)) return undefined;
        log.error({ err: error }, 'the keys that tokens are signed with cannot be fetched');
        throw new GatewayError(
          'UNAVAILABLE',
          'Tokens cannot be verified at the moment.',
          { retryAfter: 5 },
          { cause: error },
        );
      }
    },
  };
}

/** Fit to be told apart from every other once it is encoded, and no longer than a name may be. */
function isUsableSubject(subject: unknown): subject is string {
  return (
    typeof subject === 'string' &&
    subject !== '' &&
    subject.length <= maxSubjectLength &&
    subject.isWellFormed()
  );
}

/** Whether jose has judged the token, rather than failed to get the keys. */
function isVerdict(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== errors.JOSEError.code;
}

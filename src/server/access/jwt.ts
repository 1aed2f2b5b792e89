import { errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Agent } from 'undici';
import { type Clock, systemClock } from '../../lib/clock.js';
import { one } from '../../lib/lru-size.js';
import type { Proxies } from '../../lib/proxies.js';
import { createConnector } from '../../lib/proxy-connector.js';
import { GatewayError } from '../../swap/errors.js';
import type { SwapLog } from '../../swap/ports.js';
import { allScopes, type Principal, type Scope, scopes } from '../../swap/principal.js';
import { isUsableSubject } from '../../swap/subject.js';
import { fetchKeySet } from './fetch-key-set.js';
import { createKeySet, KeySetUnavailable } from './key-set.js';

export interface JwtOptions {
  jwksUrl: string;
  issuer: string;
  audience: string;
  /** Whether tokens carry their scopes, in `scope` or `scp`. False: every token has all scopes. */
  hasScopes?: boolean;
}

/** Verifies JWTs issued by an identity provider. */
export interface JwtVerifier {
  /** Whether the credential has the form of a JWT. */
  isToken(credential: string): boolean;
  /**
   * The principal of an already verified token, while it is valid and its key is published; undefined: it must be verified.
   * @param digest SHA-256 of the token
   */
  recall(digest: string): Principal | undefined;
  /** @returns undefined for an invalid token. @throws UNAVAILABLE if it cannot be verified */
  verify(token: string, digest: string): Promise<Principal | undefined>;
  /**
   * Whether a principal that `verify` returned earlier is still valid.
   * @throws UNAVAILABLE if its key cannot be checked
   */
  isCurrent(principal: Principal): boolean;
  /** Ends the refreshes of the keys. */
  close(): void;
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
const connectTimeoutMs = 5000;
const maxRemembered = 10_000;
const clockToleranceSeconds = 5;

/** Remembers verified tokens until they expire, by digest and never in plain text. */
export function createJwtVerifier(
  { jwksUrl, issuer, audience, hasScopes = false }: JwtOptions,
  log: SwapLog,
  clock: Clock = systemClock,
  proxies?: Proxies,
): JwtVerifier {
  const connect = createConnector({ timeoutMs: connectTimeoutMs, socket: { allowH2: false }, proxies });
  const agent = new Agent({ connect });
  const keySet = createKeySet((signal) => fetchKeySet(jwksUrl, signal, agent), clock, log);
  const remembered = new LRUCache<string, Principal>({ maxSize: maxRemembered, sizeCalculation: one });
  const keyIds = new WeakMap<Principal, string>();

  const isExpired = ({ expiresAt = 0 }: Principal): boolean => expiresAt <= clock.now();
  const checkKey = (principal: Principal): ReturnType<typeof keySet.check> =>
    keySet.check(keyIds.get(principal) ?? '');

  return {
    isToken: (credential) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential),
    recall(digest) {
      const principal = remembered.get(digest);
      if (!principal) return undefined;
      const key = checkKey(principal);
      if (key === 'published' && !isExpired(principal)) return principal;
      if (key !== 'unknown') remembered.delete(digest);
      return undefined;
    },
    async verify(token, digest) {
      let keyId = '';
      try {
        const { payload } = await jwtVerify(
          token,
          async (header, parts) => {
            const { key, id } = await keySet.find(header, parts);
            keyId = id;
            return key;
          },
          {
            issuer,
            audience,
            algorithms,
            requiredClaims: ['exp', 'sub'],
            clockTolerance: clockToleranceSeconds,
            currentDate: new Date(clock.now()),
          },
        );
        const { sub, exp } = payload;
        if (sub === undefined || exp === undefined || !isUsableSubject(sub)) return undefined;
        const principal: Principal = {
          client: `jwt:${encodeURIComponent(sub)}`,
          kind: 'jwt',
          scopes: hasScopes ? scopesOf(payload) : allScopes,
          expiresAt: (exp + clockToleranceSeconds) * 1000,
        };
        remembered.set(digest, principal);
        keyIds.set(principal, keyId);
        return principal;
      } catch (error) {
        if (isInvalidToken(error)) return undefined;
        if (!(error instanceof KeySetUnavailable)) log.error({ err: error }, 'failed to verify a token');
        throw unavailable(error);
      }
    },
    isCurrent(principal) {
      const key = checkKey(principal);
      if (key === 'unknown') throw unavailable();
      return key === 'published' && !isExpired(principal);
    },
    close() {
      keySet.close();
      void agent.destroy();
    },
  };
}

const unavailable = (cause?: unknown): GatewayError =>
  new GatewayError('UNAVAILABLE', 'Tokens cannot be verified right now.', { retryAfter: 5 }, { cause });

/** The gateway's scopes among those of the token: a list, or a text with spaces. */
function scopesOf({ scope, scp }: JWTPayload): ReadonlySet<Scope> {
  const granted = [scope, scp].flatMap((claim) => (typeof claim === 'string' ? claim.split(' ') : claim));
  return new Set(scopes.filter((name) => granted.includes(name)));
}

/** Whether jose rejected the token. */
function isInvalidToken(error: unknown): boolean {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid);
}

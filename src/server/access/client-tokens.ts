import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { one } from '../../lib/lru-size.js';
import { type ClientTokenIssuer, tokenClient } from '../../swap/client-token.js';
import { type Principal, type Scope, scopes } from '../../swap/principal.js';
import { isUsableSubject } from '../../swap/subject.js';

/** An API key that is valid now. */
export interface ParentKey {
  /** SHA-256 of the key, in hexadecimal. */
  sha256: string;
  scopes: ReadonlySet<Scope>;
  /** Milliseconds since the epoch; absent: it does not expire. */
  expiresAt?: number | undefined;
}

/** The API keys that can create client tokens, as of now: a token dies with the key that created it. */
export interface ParentKeys {
  /** The keys of a client, without removed and expired ones. Empty for an unknown client. */
  keysOf(client: string): readonly ParentKey[];
}

/** Issues client tokens, and verifies them: no other verifier accepts them, and this one accepts no other tokens. */
export interface ClientTokens extends ClientTokenIssuer {
  /** Whether the credential says that it is a client token. */
  isToken(credential: string): boolean;
  /** The principal of an already verified token, while it is valid; undefined: it must be verified. */
  recall(digest: string): Principal | undefined;
  /** @returns undefined for an invalid token, and for one whose parent key is no longer valid */
  verify(token: string, digest: string): Promise<Principal | undefined>;
}

const algorithm = 'HS256';
const type = 'face-swap-client+jwt';
const issuer = 'urn:face-swap-gateway:client-tokens';
const audience = 'urn:face-swap-gateway';
const maxRemembered = 10_000;

const claims = z.object({
  sub: z.string().refine(isUsableSubject),
  exp: z.number(),
  /** Name of the parent. */
  client: z.string().regex(/^[\w.-]+$/),
  /** Identifies the parent's key. */
  key: z.string(),
  scope: z
    .string()
    .transform((text) => text.split(' ').filter((name) => name !== ''))
    .pipe(z.array(z.enum(scopes))),
});

/** What a token says. */
interface Grant {
  parent: string;
  sub: string;
  scopes: readonly Scope[];
  expiresAt: number;
}

interface Remembered {
  grant: Grant;
  parentKey: ParentKey;
  principal: Principal;
}

export interface ClientTokenOptions {
  /** The first one signs; all are accepted. */
  secrets: readonly [string, ...string[]];
  parents: ParentKeys;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export function createClientTokens({ secrets, parents, now = Date.now }: ClientTokenOptions): ClientTokens {
  const remembered = new LRUCache<string, Remembered>({ maxSize: maxRemembered, sizeCalculation: one });
  const bytesOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);

  /** The claims of a token signed with any of the secrets, and that secret. */
  const read = async (token: string) => {
    for (const secret of secrets) {
      try {
        const { payload } = await jwtVerify(token, bytesOf(secret), {
          algorithms: [algorithm],
          typ: type,
          issuer,
          audience,
          requiredClaims: ['exp', 'sub', 'iat', 'client', 'key', 'scope'],
          currentDate: new Date(now()),
        });
        const parsed = claims.safeParse(payload);
        return parsed.success ? { ...parsed.data, secret } : undefined;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) return undefined;
      }
    }
    return undefined;
  };

  const remember = (digest: string, grant: Grant, parentKey: ParentKey): Principal => {
    const principal: Principal = {
      client: tokenClient(grant.parent, grant.sub),
      kind: 'token',
      // A parent that loses a scope takes it from its tokens.
      scopes: new Set(grant.scopes.filter((scope) => parentKey.scopes.has(scope))),
      parent: grant.parent,
      key: parentKey.sha256,
      expiresAt: grant.expiresAt,
    };
    remembered.set(digest, { grant, parentKey, principal });
    return principal;
  };

  return {
    async issue({ parent, key, sub, scopes: granted, ttlMs }) {
      const [secret] = secrets;
      const issuedAt = now();
      const parentKey = parents.keysOf(parent).find(({ sha256 }) => sha256 === key);
      const expiresAt = Math.min(issuedAt + ttlMs, parentKey?.expiresAt ?? Number.POSITIVE_INFINITY);
      const token = await new SignJWT({ client: parent, key: keyId(secret, key), scope: granted.join(' ') })
        .setProtectedHeader({ alg: algorithm, typ: type })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(sub)
        .setIssuedAt(Math.floor(issuedAt / 1000))
        .setExpirationTime(expiresAt / 1000)
        .sign(bytesOf(secret));
      return { token, client: tokenClient(parent, sub), scopes: granted, expiresAt };
    },
    isToken(credential) {
      if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential)) return false;
      try {
        return decodeProtectedHeader(credential).typ === type;
      } catch {
        return false;
      }
    },
    recall(digest) {
      const known = remembered.get(digest);
      if (!known) return undefined;
      const { grant, parentKey, principal } = known;
      const current = parents.keysOf(grant.parent).find(({ sha256 }) => sha256 === parentKey.sha256);
      if (!current || grant.expiresAt <= now()) {
        remembered.delete(digest);
        return undefined;
      }
      return current === parentKey ? principal : remember(digest, grant, current);
    },
    async verify(token, digest) {
      const found = await read(token);
      if (!found) return undefined;
      const { client: parent, sub, scope, secret } = found;
      const expiresAt = Math.round(found.exp * 1000);
      // jose compares whole seconds.
      if (expiresAt <= now()) return undefined;
      const parentKey = parents
        .keysOf(parent)
        .find(({ sha256 }) => isEqual(keyId(secret, sha256), found.key));
      if (!parentKey) return undefined;
      return remember(digest, { parent, sub, scopes: scope, expiresAt }, parentKey);
    },
  };
}

/** Identifies a key within a token. Keyed, so that nobody who has a token can test guesses of a weak key. */
function keyId(secret: string, sha256: string): string {
  return createHmac('sha256', secret).update(`key ${sha256}`).digest('base64url').slice(0, 22);
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';

export interface TokenIssuer {
  /** Environment for a gateway that trusts its tokens. */
  env: Record<string, string>;
  /**
   * A valid token for ada, good for an hour, with the given changes. `header` overrides the protected header; a `kid` that the
   * issuer does not have is signed with the first key.
   */
  token(claims?: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>;
  /** How often the keys were fetched. */
  fetches(): number;
  /** From now on, the keys cannot be fetched. */
  breakDown(): void;
  /** From now on, the keys can be fetched again. */
  recover(): void;
  /** From now on, nobody who fetches the keys gets them until the returned function is called. */
  hold(): () => void;
  /** Publishes another key. */
  addKey(kid: string): Promise<void>;
  /** No longer publishes a key. Tokens can still be signed with it. */
  removeKey(kid: string): void;
}

/** An identity provider with one key, `one`, on a free port. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const signingKeys = new Map<string, CryptoKey>();
  const published = new Map<string, JWK>();
  let fetches = 0;
  let isBroken = false;
  const addKey = async (kid: string): Promise<void> => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    signingKeys.set(kid, privateKey);
    published.set(kid, { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
  };
  await addKey('one');
  let held: Promise<void> | undefined;
  const server = createServer(async (_request, response) => {
    fetches++;
    await held;
    response.writeHead(isBroken ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: [...published.values()] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { AUTH_JWKS_URL: `${issuer}/jwks`, AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: 'gateway' },
    token: (claims, header) =>
      new SignJWT({
        iss: issuer,
        aud: 'gateway',
        sub: 'ada',
        exp: Math.floor(Date.now() / 1000) + 3600,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
        .sign(signingKeys.get(header?.kid ?? 'one') ?? (signingKeys.get('one') as CryptoKey)),
    fetches: () => fetches,
    breakDown() {
      isBroken = true;
    },
    recover() {
      isBroken = false;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    addKey,
    removeKey: (kid) => void published.delete(kid),
  };
}

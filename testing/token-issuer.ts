import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';

export interface TokenIssuer {
  /** Environment for a gateway that trusts its tokens. */
  env: Record<string, string>;
  /** A valid token for ada, good for an hour, with the given changes. `header` overrides the protected header. */
  token(claims?: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>;
  /** How often the keys were fetched. */
  fetches(): number;
  /** From now on, the keys cannot be fetched. */
  breakDown(): void;
}

/** An identity provider with one key, on a free port. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
  let fetches = 0;
  let isBroken = false;
  const server = createServer((_request, response) => {
    fetches++;
    response.writeHead(isBroken ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(jwks));
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
        .sign(privateKey),
    fetches: () => fetches,
    breakDown() {
      isBroken = true;
    },
  };
}

import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.js';
import { createJwtVerifier } from '../../src/server/access/jwt.js';
import { captureLog } from '../../testing/capture-log.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

const clockToleranceMs = 5000;

test('a verified token is remembered until it expires, and no longer', async () => {
  const issuer = await startTokenIssuer();
  const exp = 2_000_000_000;
  let now = exp * 1000 - 60_000;
  const { verify, recall } = createJwtVerifier(
    {
      jwksUrl: String(issuer.env['AUTH_JWKS_URL']),
      issuer: String(issuer.env['AUTH_JWT_ISSUER']),
      audience: 'gateway',
    },
    captureLog().log,
    { ...systemClock, now: () => now },
  );
  const token = await issuer.token({ exp });
  const digest = hash('sha256', token, 'hex');

  expect(recall(digest)).toBeUndefined();
  const principal = await verify(token, digest);
  expect(principal).toMatchObject({
    client: 'jwt:ada',
    kind: 'jwt',
    expiresAt: exp * 1000 + clockToleranceMs,
  });
  expect(recall(digest)).toEqual(principal);
  now = exp * 1000 + clockToleranceMs - 1;
  expect(recall(digest)).toEqual(principal);
  now = exp * 1000 + clockToleranceMs;
  expect(recall(digest)).toBeUndefined();
  expect(await verify(token, digest)).toBeUndefined();
});

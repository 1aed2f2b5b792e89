import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createToken, withToken } from '../../testing/client-tokens.js';
import { createClientsFile, keyOf } from '../../testing/clients-file.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';
import { cases, expectedOutcome, type Subject, scopeNames, scopeSets } from './policy.js';
import { type Caller, createTrial, inputOf } from './requests.js';

const tokenSecret = 'the secret of client tokens in the matrix';
const env = {
  CLIENT_TOKEN_SECRET: tokenSecret,
  TRUST_PROXY: '127.0.0.1',
  RATE_LIMIT: 'off',
  // The default of the sandbox, which serves the result to the route for downloads.
  MODELSLAB_QUEUE_LIMIT: '5',
};

interface Principal extends Caller {
  name: string;
  /** Undefined: its credential must not be accepted. */
  subject: Subject | undefined;
}

const asEnum = (scopes: readonly string[]): string[] => scopes.map((scope) => scope.toUpperCase());

/** The id of a finished swap of the client with this credential. */
async function finishSwap(gateway: TestGateway, authorization: string | undefined): Promise<string> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const swap = await requestSwap(gateway, inputOf(gateway.url), { wait: 30, headers });
  expect(swap.status).toBe('SUCCEEDED');
  return swap.id;
}

/** Signs the claims of a client token anew, with changes. */
async function forge(token: string, changes: object): Promise<string> {
  const [header = '', payload = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return new SignJWT({ ...read(payload), ...changes })
    .setProtectedHeader(read(header))
    .sign(new TextEncoder().encode(tokenSecret));
}

async function createPrincipals(fastPath: 'on' | 'off'): Promise<Principal[]> {
  const issuer = await startTokenIssuer();
  /** With few scopes or nearly all; each has all until it has a finished swap. */
  const limited = scopeSets
    .filter(({ length }) => length <= 1 || length >= scopeNames.length - 1)
    .map((scopes, index) => ({ name: `limited${index}`, scopes: [...scopes] }));
  const file = createClientsFile(...limited.map(({ name }) => ({ name })), { name: 'revoked' });
  const [gateway, open] = await Promise.all([
    startGateway({
      ...env,
      ...issuer.env,
      FAST_PATH: fastPath,
      GATEWAY_API_KEYS: keysFor('web', 'other'),
      CLIENTS_FILE: file.path,
    }),
    startGateway({ ...env, FAST_PATH: fastPath }),
  ]);
  // With the same client and key, and another secret.
  const foreign = await startGateway({
    ...env,
    CLIENT_TOKEN_SECRET: `${tokenSecret}!`,
    GATEWAY_API_KEYS: keysFor('web'),
  });
  // With the same secret, and a client that the gateway no longer has.
  const earlier = await startGateway({ ...env, GATEWAY_API_KEYS: keysFor('gone') });
  const bearerOf = async (token: Promise<string>) => withToken(await token).authorization;

  const key = bearer('web').authorization;
  const jwt = await bearerOf(issuer.token());
  const adaToken = await createToken(gateway, 'web', 'ada');
  const ada = withToken(adaToken).authorization;
  const [ofKey, ofJwt, ofAda, ofLocal] = await Promise.all([
    finishSwap(gateway, key),
    finishSwap(gateway, jwt),
    finishSwap(gateway, ada),
    finishSwap(open, undefined),
  ]);
  const { url } = gateway;
  const keys = await Promise.all(
    limited.map(async ({ name, scopes }) => {
      const { authorization } = bearer(name);
      const swapId = await finishSwap(gateway, authorization);
      const subject = { kind: 'key' as const, scopes };
      return { name: `key with ${scopes.join(', ') || 'no scope'}`, url, authorization, swapId, subject };
    }),
  );
  const ofRevoked = await finishSwap(gateway, bearer('revoked').authorization);
  file.write(...limited, { name: 'expired', keys: [keyOf('expired', Date.now() - 1)] });
  await gateway.gateway.reload();
  const token = async (scopes: readonly string[]) =>
    bearerOf(createToken(gateway, 'web', 'ada', { scopes: asEnum(scopes) }));
  const invalid = async (name: string, credential: string | undefined, swapId: string) => ({
    name,
    url,
    authorization: credential === undefined ? undefined : `Bearer ${credential}`,
    subject: undefined,
    swapId,
  });
  return [
    {
      name: 'local',
      url: open.url,
      authorization: undefined,
      swapId: ofLocal,
      subject: { kind: 'local', scopes: scopeNames },
    },
    { name: 'key', url, authorization: key, swapId: ofKey, subject: { kind: 'key', scopes: scopeNames } },
    ...keys,
    { name: 'JWT', url, authorization: jwt, swapId: ofJwt, subject: { kind: 'jwt', scopes: scopeNames } },
    ...(await Promise.all(
      scopeSets.map(async (scopes) => ({
        name: `token with ${scopes.join(', ') || 'no scope'}`,
        url,
        authorization: await token(scopes),
        swapId: ofAda,
        subject: { kind: 'token' as const, scopes },
      })),
    )),
    await invalid('no credential', undefined, ofKey),
    await invalid('wrong key', 'no-key', ofKey),
    await invalid('expired key', 'expired-key', ofKey),
    await invalid('revoked key', 'revoked-key', ofRevoked),
    await invalid('expired JWT', await issuer.token({ exp: 1 }), ofJwt),
    await invalid('JWT of another audience', await issuer.token({ aud: 'another' }), ofJwt),
    await invalid('expired token', await forge(adaToken, { exp: Math.floor(Date.now() / 1000) - 1 }), ofAda),
    await invalid('token signed with another secret', await createToken(foreign, 'web', 'ada'), ofAda),
    await invalid('token of a removed parent', await createToken(earlier, 'gone', 'ada'), ofAda),
    await invalid('token in the name of another key', await forge(adaToken, { client: 'other' }), ofAda),
  ];
}

describe.each(['on', 'off'] as const)('with FAST_PATH=%s', (fastPath) => {
  test('every principal may do what the policy says, by every transport, and nothing else', async () => {
    const principals = await createPrincipals(fastPath);
    const outcomes: string[] = [];
    const wrong: string[] = [];
    const remaining = principals.values();
    const work = async (): Promise<void> => {
      for (const { name, subject, ...caller } of remaining) {
        const attempt = createTrial(caller);
        for (const entry of cases) {
          const expected = expectedOutcome(subject, entry);
          // The second POST may be served by the fast path.
          for (const number of entry.transport === 'POST' ? [1, 2] : [1]) {
            const outcome = await attempt(entry);
            outcomes.push(outcome);
            if (outcome !== expected)
              wrong.push(
                `${name}: ${entry.operation} by ${entry.transport}, request ${number}: ${outcome} instead of ${expected}`,
              );
          }
        }
      }
    };
    // Few enough at a time for the limits on concurrent uploads and downloads.
    await Promise.all([work(), work(), work(), work()]);
    expect(wrong).toEqual([]);
    const posts = cases.filter(({ transport }) => transport === 'POST').length;
    expect(outcomes).toHaveLength(principals.length * (cases.length + posts));
    for (const outcome of ['ok', 'FORBIDDEN', 'UNAUTHENTICATED', 'closed with 4403'])
      expect(outcomes).toContain(outcome);
  }, 240_000);
});

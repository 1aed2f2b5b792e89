import { createHmac, generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createClientTokens } from '../../src/server/access/client-tokens.js';
import {
  type ClientTokenGrant,
  type ClientTokenIssuer,
  createClientToken,
} from '../../src/swap/client-token.js';
import type { Principal } from '../../src/swap/principal.js';
import { createToken, createTokenMutation, withToken } from '../../testing/client-tokens.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

const secret = 'a secret of client tokens with 32 characters or more';
const env = { GATEWAY_API_KEYS: keysFor('web', 'other'), CLIENT_TOKEN_SECRET: secret };
const meQuery = '{ me { client kind scopes expiresAt webhookSigningSecret } }';

const me = async ({ graphql }: TestGateway, headers: Record<string, string>) => {
  const { status, data, errors } = await graphql(meQuery, {}, headers);
  return { status, me: data?.['me'], code: errors?.[0]?.extensions['code'] };
};
const refusal = async ({ graphql }: TestGateway, variables: object, headers: Record<string, string> = {}) => {
  const { data, errors } = await graphql(createTokenMutation, variables, headers);
  return { data, ...errors?.[0]?.extensions, message: errors?.[0]?.message };
};

test('a key creates a token, which is a client of its own', async () => {
  const gateway = await startGateway(env);
  const before = Date.now();
  const { data, errors } = await gateway.graphql(createTokenMutation, { sub: 'ada/1: ü' }, bearer('web'));
  expect(errors).toBeUndefined();
  const created = data?.['createClientToken'] as { token: string; client: string; expiresAt: string };
  const lifetime = Date.parse(created.expiresAt) - before;
  expect(lifetime).toBeGreaterThanOrEqual(600_000);
  expect(lifetime).toBeLessThan(610_000);
  expect(created.client).toBe('token:web:ada%2F1%3A%20%C3%BC');
  expect(await me(gateway, withToken(created.token))).toEqual({
    status: 200,
    code: undefined,
    me: {
      client: created.client,
      kind: 'TOKEN',
      scopes: ['SWAP', 'READ', 'CANCEL', 'ERASE', 'UPLOAD'],
      expiresAt: created.expiresAt,
      webhookSigningSecret: null,
    },
  });
});

test('me says who a key, a JWT and the local client are', async () => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway({ ...env, ...issuer.env });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const all = { scopes: ['SWAP', 'READ', 'CANCEL', 'ERASE', 'UPLOAD'], expiresAt: null };
  expect((await me(gateway, bearer('web'))).me).toEqual({
    ...all,
    client: 'web',
    kind: 'KEY',
    webhookSigningSecret: expect.stringMatching(/^whsec_/),
  });
  expect((await me(gateway, withToken(await issuer.token({ exp })))).me).toEqual({
    ...all,
    client: 'jwt:ada',
    kind: 'JWT',
    // With the tolerance for clocks.
    expiresAt: new Date((exp + 5) * 1000).toISOString(),
    webhookSigningSecret: null,
  });
  expect((await me(await startGateway(), {})).me).toEqual({
    ...all,
    client: 'local',
    kind: 'LOCAL',
    webhookSigningSecret: null,
  });
});

test('a token says nothing about the key but a keyed fingerprint', async () => {
  const gateway = await startGateway(env);
  const token = await createToken(gateway, 'web', 'ada');
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'face-swap-client+jwt' });
  const { key, ...claims } = decodeJwt(token);
  expect(claims).toEqual({
    iss: 'urn:face-swap-gateway:client-tokens',
    aud: 'urn:face-swap-gateway',
    sub: 'ada',
    client: 'web',
    scope: 'swap read cancel erase upload',
    iat: expect.any(Number),
    exp: expect.any(Number),
  });
  const [, hash = ''] = keysFor('web').split(':');
  for (const form of ['hex', 'base64', 'base64url'] as const)
    expect(token + key).not.toContain(Buffer.from(hash, 'hex').toString(form).slice(0, 8));
});

test('a subject sees its own swaps only, and neither its parent nor another subject sees them', async () => {
  const gateway = await startGateway(env);
  const ada = withToken(await createToken(gateway, 'web', 'ada'));
  const { id } = await requestSwap(gateway, {}, { headers: ada });
  const seenBy = async (headers: Record<string, string>) => {
    const query = `{ swapResult(id: "${id}") { id } swaps { nodes { id } } }`;
    return (await gateway.graphql(query, {}, headers)).data;
  };
  const nothing = { swapResult: null, swaps: { nodes: [] } };
  expect(await seenBy(ada)).toEqual({ swapResult: { id }, swaps: { nodes: [{ id }] } });
  expect(await seenBy(withToken(await createToken(gateway, 'web', 'ada')))).toMatchObject({
    swapResult: { id },
  });
  expect(await seenBy(withToken(await createToken(gateway, 'web', 'bob')))).toEqual(nothing);
  expect(await seenBy(withToken(await createToken(gateway, 'other', 'ada')))).toEqual(nothing);
  expect(await seenBy(bearer('web'))).toEqual(nothing);
});

test('subjects that could be mistaken for another owner are different clients', async () => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway({ ...env, ...issuer.env });
  const subjects = [
    'a',
    'a:b',
    'a%3Ab',
    'token:web:a',
    'web',
    'A',
    'a ',
    ' a',
    'ａ',
    'a\u0000',
    '..',
    "a'--",
  ];
  const owners = new Set<unknown>();
  for (const sub of subjects) {
    const headers = withToken(await createToken(gateway, 'web', sub));
    owners.add(((await me(gateway, headers)).me as { client: string }).client);
  }
  for (const sub of ['a', 'token:web:a'])
    owners.add(((await me(gateway, withToken(await issuer.token({ sub })))).me as { client: string }).client);
  owners.add(((await me(gateway, bearer('web'))).me as { client: string }).client);
  expect(owners.size).toBe(subjects.length + 3);
});

test('only API keys create tokens: no token, no JWT, and not the local client', async () => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway({ ...env, ...issuer.env });
  const open = await startGateway();
  const token = await createToken(gateway, 'web', 'ada');
  const forbidden = { data: null, code: 'FORBIDDEN', message: 'Only API keys can create client tokens.' };
  expect(await refusal(gateway, { sub: 'eve' }, withToken(token))).toEqual(forbidden);
  expect(await refusal(gateway, { sub: 'eve' }, withToken(await issuer.token()))).toEqual(forbidden);
  expect(await refusal(open, { sub: 'eve' })).toEqual(forbidden);
});

test.each([
  ['sub', { sub: '' }],
  ['sub', { sub: 'x'.repeat(256) }],
  ['sub', { sub: '\ud800' }],
  ['ttlSeconds', { sub: 'ada', ttlSeconds: 0 }],
  ['ttlSeconds', { sub: 'ada', ttlSeconds: -1 }],
  ['ttlSeconds', { sub: 'ada', ttlSeconds: 3601 }],
  ['ttlSeconds', { sub: 'ada', ttlSeconds: 2 ** 31 - 1 }],
])('an unusable %s is BAD_USER_INPUT: %j', async (path, variables) => {
  const gateway = await startGateway(env);
  expect(await refusal(gateway, variables, bearer('web'))).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path }],
  });
});

test.each([
  [{ sub: 'x'.repeat(255), ttlSeconds: 1 }, 1000],
  [{ sub: '\u0000'.repeat(255), ttlSeconds: 3600 }, 3_600_000],
  [{ sub: '😀'.repeat(127), ttlSeconds: null }, 600_000],
])('the limits themselves are allowed: %j', async (variables, ttlMs) => {
  const gateway = await startGateway(env);
  const before = Date.now();
  const { data } = await gateway.graphql(createTokenMutation, variables, bearer('web'));
  const created = data?.['createClientToken'] as { token: string; expiresAt: string };
  const expiresAt = Date.parse(created.expiresAt);
  expect(expiresAt).toBeGreaterThanOrEqual(before + ttlMs);
  expect(expiresAt).toBeLessThanOrEqual(Date.now() + ttlMs);
  const code = (await me(gateway, withToken(created.token))).code;
  if (Date.now() < expiresAt) expect(code).toBeUndefined();
});

test('a token has the scopes that it was given', async () => {
  const gateway = await startGateway(env);
  for (const scopes of [[], ['READ'], ['UPLOAD', 'SWAP', 'SWAP']]) {
    const headers = withToken(await createToken(gateway, 'web', 'ada', { scopes }));
    const seen = (await me(gateway, headers)).me as { scopes: string[] };
    expect(new Set(seen.scopes)).toEqual(new Set(scopes));
    expect(seen.scopes).toHaveLength(new Set(scopes).size);
  }
});

test('a key gives no scope that it does not have, and by default all that it has', async () => {
  const granted: ClientTokenGrant[] = [];
  const issuer: ClientTokenIssuer = {
    async issue(grant) {
      granted.push(grant);
      return { token: '', client: '', scopes: grant.scopes, expiresAt: 0 };
    },
  };
  const key: Principal = { client: 'web', kind: 'key', key: 'f', scopes: new Set(['read', 'upload']) };
  await expect(
    createClientToken(issuer, key, { sub: 'ada', scopes: ['read', 'swap'] }),
  ).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('"swap"'),
  });
  expect(granted).toEqual([]);
  for (const scopes of [null, ['upload'] as const])
    await createClientToken(issuer, key, { sub: 'ada', scopes });
  expect(granted.map(({ scopes }) => scopes)).toEqual([['read', 'upload'], ['upload']]);
});

type Claims = Record<string, unknown>;
/** Signs claims like the gateway, except for what the test changes. */
const sign = (claims: Claims, header: { alg: string; [name: string]: unknown }, key: string): string => {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac(header.alg.replace('HS', 'sha'), key).update(text).digest('base64url')}`;
};
const ownHeader = { alg: 'HS256', typ: 'face-swap-client+jwt' };

interface Attack {
  token: string;
  claims: Claims;
  issuer: Awaited<ReturnType<typeof startTokenIssuer>>;
}
const attacks: Record<string, (given: Attack) => Promise<string> | string> = {
  'is signed with another secret': ({ claims }) => sign(claims, ownHeader, `${secret} `),
  'is signed with an empty secret': ({ claims }) => sign(claims, ownHeader, ''),
  'is not signed': ({ token }) => token.replace(/[^.]+$/, ''),
  'says that it needs no signature': ({ token }) =>
    token.replace(/^[^.]+/, Buffer.from('{"alg":"none","typ":"face-swap-client+jwt"}').toString('base64url')),
  'names another algorithm of the same family': ({ claims }) =>
    sign(claims, { ...ownHeader, alg: 'HS512' }, secret),
  'has the type of an ordinary JWT': ({ claims }) => sign(claims, { alg: 'HS256', typ: 'JWT' }, secret),
  'has no type': ({ claims }) => sign(claims, { alg: 'HS256' }, secret),
  'has its type in another spelling': ({ claims }) =>
    sign(claims, { alg: 'HS256', typ: 'application/FACE-SWAP-client+jwt' }, secret),
  'has an unknown critical header': ({ claims }) => sign(claims, { ...ownHeader, crit: ['x'], x: 1 }, secret),
  'has the issuer of the identity provider': ({ claims, issuer }) =>
    sign({ ...claims, iss: issuer.env['AUTH_JWT_ISSUER'] }, ownHeader, secret),
  'has another audience': ({ claims }) => sign({ ...claims, aud: 'gateway' }, ownHeader, secret),
  'has expired': ({ claims }) => sign({ ...claims, exp: Date.now() / 1000 - 0.001 }, ownHeader, secret),
  'never expires': ({ claims: { exp, ...others } }) => sign(others, ownHeader, secret),
  'has an expiry that is no number': ({ claims }) =>
    sign({ ...claims, exp: '4000000000' }, ownHeader, secret),
  'has no subject': ({ claims: { sub, ...others } }) => sign(others, ownHeader, secret),
  'has a subject with a lone surrogate': ({ claims }) =>
    sign({ ...claims, sub: '\ud800' }, ownHeader, secret),
  'has a subject that is a list': ({ claims }) => sign({ ...claims, sub: ['ada'] }, ownHeader, secret),
  'names another parent': ({ claims }) => sign({ ...claims, client: 'other' }, ownHeader, secret),
  'names a parent that does not exist': ({ claims }) =>
    sign({ ...claims, client: 'nobody' }, ownHeader, secret),
  'names a property of objects as its parent': ({ claims }) =>
    sign({ ...claims, client: '__proto__' }, ownHeader, secret),
  'names a key that does not exist': ({ claims }) =>
    sign({ ...claims, key: 'x'.repeat(22) }, ownHeader, secret),
  'has an unknown scope': ({ claims }) => sign({ ...claims, scope: 'read admin' }, ownHeader, secret),
  'has no scope claim': ({ claims: { scope, ...others } }) => sign(others, ownHeader, secret),
  'is signed with the public key of the identity provider as a secret': async ({ claims, issuer }) =>
    sign(claims, ownHeader, await (await fetch(issuer.env['AUTH_JWKS_URL'] ?? '')).text()),
  'is signed by the identity provider': ({ claims, issuer }) => issuer.token(claims),
  'is signed by the identity provider and has the type of a client token': ({ claims, issuer }) =>
    issuer.token(claims, { typ: ownHeader.typ } as never),
  'is signed with a key that it brings along': async ({ claims }) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return new SignJWT(claims)
      .setProtectedHeader({ ...ownHeader, alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) as never })
      .sign(privateKey);
  },
  'is the key identifier with the claims of a JWT': ({ claims, issuer }) =>
    sign(
      { ...claims, iss: issuer.env['AUTH_JWT_ISSUER'], aud: 'gateway' },
      { alg: 'HS256', kid: 'one' },
      secret,
    ),
};

test.each(Object.entries(attacks))('a token that %s is rejected on both transports', async (_name, make) => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway({ ...env, ...issuer.env });
  const token = await createToken(gateway, 'web', 'ada');
  // The same claims, signed in the same way, are accepted.
  const claims = decodeJwt(token) as Claims;
  expect((await me(gateway, withToken(sign(claims, ownHeader, secret)))).status).toBe(200);
  const forged = await make({ token, claims, issuer });
  expect(await me(gateway, withToken(forged))).toEqual({
    status: 401,
    me: undefined,
    code: 'UNAUTHENTICATED',
  });
  const socket = await openSocket(gateway.url);
  socket.send({ type: 'connection_init', payload: withToken(forged) });
  expect(await socket.closed).toBe(4403);
});

test('the verifier accepts only its own type, also without the authenticator in front of it', async () => {
  const [, sha256 = ''] = keysFor('web').split(':');
  const parentKey = { sha256, scopes: new Set(['read'] as const) };
  const { issue, verify } = createClientTokens({ secrets: [secret], parents: { keysOf: () => [parentKey] } });
  const { token } = await issue({ parent: 'web', key: sha256, sub: 'ada', scopes: ['read'], ttlMs: 60_000 });
  const claims = decodeJwt(token) as Claims;
  const kindOf = async (header: { alg: string; typ?: string }) =>
    (await verify(sign(claims, header, secret), 'digest'))?.kind;
  expect(await kindOf(ownHeader)).toBe('token');
  for (const typ of ['JWT', 'at+jwt', '', undefined])
    expect(await kindOf({ alg: 'HS256', ...(typ !== undefined && { typ }) })).toBeUndefined();
});

test('a JWT of the identity provider stays a JWT, whatever it claims', async () => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway({ ...env, ...issuer.env });
  const claims = decodeJwt(await createToken(gateway, 'web', 'ada'));
  const { iss: _iss, aud: _aud, ...others } = claims;
  const seen = await me(gateway, withToken(await issuer.token({ ...others, sub: 'token:web:ada' })));
  expect(seen.me).toMatchObject({ client: 'jwt:token%3Aweb%3Aada', kind: 'JWT' });
});

test('the secret can be rotated: tokens of the old one stay valid while it is listed', async () => {
  const dataDir = temporaryFolder();
  const start = (secrets: string) =>
    startGateway({ ...env, CLIENT_TOKEN_SECRET: secrets, DATA_DIR: dataDir });
  const next = 'the next secret of client tokens - as long as that';
  const before = await start(secret);
  const old = withToken(await createToken(before, 'web', 'ada'));
  await before.gateway.close();
  const during = await start(`${next},${secret}`);
  expect((await me(during, old)).status).toBe(200);
  const fresh = withToken(await createToken(during, 'web', 'ada'));
  await during.gateway.close();
  const after = await start(next);
  expect([(await me(after, old)).status, (await me(after, fresh)).status]).toEqual([401, 200]);
});

test('without a configured secret, a single process keeps its own, for its owner only', async () => {
  const dataDir = temporaryFolder();
  const start = () => startGateway({ GATEWAY_API_KEYS: keysFor('web'), DATA_DIR: dataDir });
  const first = await start();
  const headers = withToken(await createToken(first, 'web', 'ada'));
  await first.gateway.close();
  expect((await me(await start(), headers)).status).toBe(200);
  const path = join(dataDir, 'client-token-secret');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(Buffer.from(readFileSync(path, 'utf8'), 'base64')).toHaveLength(32);
});

test('a token ends with the key that created it, even if its client has another key', async () => {
  const dataDir = temporaryFolder();
  const second = keysFor('second').replace('second', 'web');
  const start = (keys: string) => startGateway({ ...env, GATEWAY_API_KEYS: keys, DATA_DIR: dataDir });
  const before = await start(`${keysFor('web')},${second}`);
  const ofFirst = withToken(await createToken(before, 'web', 'ada'));
  const ofSecond = withToken(await createToken(before, 'second', 'ada'));
  expect((await me(before, ofSecond)).me).toMatchObject({ client: 'token:web:ada' });
  await before.gateway.close();
  const after = await start(second);
  expect([(await me(after, ofFirst)).status, (await me(after, ofSecond)).status]).toEqual([401, 200]);
});

test('a socket is closed when its token expires', async () => {
  const gateway = await startGateway(env, { transport: { times: { checkIntervalMs: 20 } } });
  const before = Date.now();
  const socket = await openSocket(gateway.url);
  await socket.init(withToken(await createToken(gateway, 'web', 'ada', { ttlSeconds: 1 })));
  expect(await socket.closed).toBe(4403);
  expect(Date.now()).toBeGreaterThanOrEqual(before + 1000);
});

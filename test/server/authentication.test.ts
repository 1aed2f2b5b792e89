import { createSecretKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { startTokenIssuer, type TokenIssuer } from '../../testing/token-issuer.js';

const query = '{ swapResult(id: "1") { id } }';

/** The result of a credential on each transport: 200 or 101 if accepted, otherwise the status or close code. */
async function outcomes({ graphql, url }: TestGateway, authorization: string | undefined): Promise<number[]> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const { status } = await graphql(query, {}, headers);
  const byParameters = await openSocket(url);
  byParameters.send({ type: 'connection_init', payload: headers });
  const byHeader = await openSocket(url, { headers });
  byHeader.send({ type: 'connection_init' });
  const codes = [byParameters, byHeader].map((socket) =>
    Promise.race([
      socket.closed,
      socket.next().then(
        ({ type }) => (type === 'connection_ack' ? 101 : 0),
        () => socket.closed,
      ),
    ]),
  );
  return [status, ...(await Promise.all(codes))];
}

const welcome = [200, 101, 101];
const turnedAway = [401, 4403, 4403];

test('every key of a client is accepted on both transports', async () => {
  const gateway = await startGateway({
    GATEWAY_API_KEYS: `${keysFor('ada')},${keysFor('old').replace('old', 'ada')}`,
  });
  const { id } = await requestSwap(gateway, {}, { headers: bearer('ada') });
  expect(await outcomes(gateway, 'Bearer ada-key')).toEqual(welcome);
  expect(await outcomes(gateway, 'bearer  old-key')).toEqual(welcome);
  const { data } = await gateway.graphql(`{ swapResult(id: "${id}") { id } }`, {}, bearer('old'));
  expect(data?.['swapResult']).toEqual({ id });
});

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer ada',
  'Basic ada-key',
  'ada-key',
  'Bearer ada-key x',
  'Bearer a.b.c',
])('the credential %j is rejected on both transports', async (authorization) => {
  const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('ada'), ...(await startTokenIssuer()).env });
  expect(await outcomes(gateway, authorization)).toEqual(turnedAway);
});

test('a request without a key gets an error that explains how to send one, and nothing is executed', async () => {
  const { graphql } = await startGateway({ GATEWAY_API_KEYS: keysFor('ada') });
  const { status, headers, errors, data } = await graphql(query);
  expect({ status, data }).toEqual({ status: 401, data: undefined });
  expect(headers.get('www-authenticate')).toBe('Bearer');
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});

test('a token is accepted on both transports, and verified once', async () => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway(issuer.env);
  const token = await issuer.token();
  expect(await outcomes(gateway, `Bearer ${token}`)).toEqual(welcome);
  issuer.breakDown();
  expect(await outcomes(gateway, `Bearer ${token}`)).toEqual(welcome);
  expect(issuer.fetches()).toBe(1);
});

const badTokens: Record<string, (issuer: TokenIssuer) => Promise<string>> = {
  'has expired': ({ token }) => token({ exp: 1 }),
  'never expires': ({ token }) => token({ exp: undefined }),
  'is not valid yet': ({ token }) => token({ nbf: 4_000_000_000 }),
  'has another audience': ({ token }) => token({ aud: 'another' }),
  'has another issuer': ({ token }) => token({ iss: 'https://issuer.example.com' }),
  'has no subject': ({ token }) => token({ sub: undefined }),
  'has an empty subject': ({ token }) => token({ sub: '' }),
  'has a subject with a lone surrogate': ({ token }) => token({ sub: '\ud800' }),
  'has an overlong subject': ({ token }) => token({ sub: 'x'.repeat(256) }),
  'names a key that does not exist': ({ token }) => token({}, { kid: 'two' }),
  'has a broken signature': async ({ token }) => (await token()).replace(/.{4}$/, 'AAAA'),
  'is not signed': async ({ token }) =>
    (await token()).replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')),
  'is signed with the public key as a shared secret': async ({ env }) =>
    new SignJWT({ iss: env['AUTH_JWT_ISSUER'], aud: 'gateway', sub: 'ada', exp: 4_000_000_000 })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(createSecretKey(Buffer.from(await (await fetch(env['AUTH_JWKS_URL'] ?? '')).text()))),
};

test.each(Object.entries(badTokens))(
  'a token that %s is rejected on both transports',
  async (_name, make) => {
    const issuer = await startTokenIssuer();
    const gateway = await startGateway(issuer.env);
    expect(await outcomes(gateway, `Bearer ${await make(issuer)}`)).toEqual(turnedAway);
  },
);

test('while the signing keys cannot be fetched, a token gets UNAVAILABLE, not UNAUTHENTICATED', async () => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway(issuer.env);
  issuer.breakDown();
  expect(await outcomes(gateway, `Bearer ${await issuer.token()}`)).toEqual([503, 1013, 1013]);
});

test('a key and a token of the same name are two clients', async () => {
  const issuer = await startTokenIssuer();
  const gateway = await startGateway({ ...issuer.env, GATEWAY_API_KEYS: keysFor('ada') });
  const { id } = await requestSwap(gateway, {}, { headers: bearer('ada') });
  for (const sub of ['ada', 'jwt:ada']) {
    const headers = { authorization: `Bearer ${await issuer.token({ sub })}` };
    expect((await gateway.graphql(`{ swapResult(id: "${id}") { id } }`, {}, headers)).data).toEqual({
      swapResult: null,
    });
  }
});

test('a socket is closed when its token expires', async () => {
  const issuer = await startTokenIssuer();
  const { url } = await startGateway(issuer.env, { transport: { times: { checkIntervalMs: 20 } } });
  const socket = await openSocket(url);
  // The lifetime of a token includes five seconds of clock tolerance.
  const exp = Math.ceil(Date.now() / 1000) - 4;
  await socket.init({ authorization: `Bearer ${await issuer.token({ exp })}` });
  expect(await socket.closed).toBe(4403);
  expect(Date.now()).toBeGreaterThanOrEqual((exp + 5) * 1000);
});

test('a socket executes nothing before the acknowledgement, even while its token is being verified', async () => {
  const issuer = await startTokenIssuer();
  const { url } = await startGateway(issuer.env);
  const socket = await openSocket(url);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${await issuer.token()}` } });
  socket.subscribe('1', 'subscription { swapUpdated(id: "1") { id } }');
  expect(await socket.closed).toBe(4401);
});

test.each(['face-swap.example.com', '127.0.0.1.example.com', 'localhost.example.com:4000', '10.0.0.1'])(
  'an open gateway rejects the host %s, as sent by a page or through a tunnel',
  async (host) => {
    const gateway = await startGateway();
    const socket = await openSocket(gateway.url, { headers: { host } });
    socket.send({ type: 'connection_init' });
    expect(await socket.closed).toBe(4403);
    expect(await readSwap(gateway, '1')).toBeNull();
  },
);

test.each(['application/json', 'application/graphql-response+json'])(
  'an error has the content type %s if the client accepts it',
  async (accept) => {
    const gateway = await startGateway({ GATEWAY_API_KEYS: `web:${'a'.repeat(64)}` });
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query: '{ gatewayStatus { version } }' }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  },
);

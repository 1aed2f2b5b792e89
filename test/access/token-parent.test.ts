import { expect, test } from 'vitest';
import { createAdmission } from '../../src/server/access/admission.js';
import { createToken, createTokenMutation, withToken } from '../../testing/client-tokens.js';
import { createClientsFile, type FileClient, keyOf } from '../../testing/clients-file.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { plainPicture } from '../../testing/pictures.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

/** A gateway with the only client `web`, whom the test changes while the gateway runs. */
async function startChangeable(checkIntervalMs?: number) {
  const file = createClientsFile({ name: 'web' });
  const gateway = await startGateway(
    { CLIENTS_FILE: file.path },
    { ...(checkIntervalMs !== undefined && { transport: { times: { checkIntervalMs } } }) },
  );
  const change = async (client: Partial<FileClient>): Promise<void> => {
    file.write({ name: 'web', ...client });
    await gateway.gateway.reload();
  };
  return { gateway, change };
}

/** Headers with a token for each subject. */
async function tokensOf(gateway: TestGateway, ...subs: string[]) {
  const tokens = await Promise.all(subs.map((sub) => createToken(gateway, 'web', sub)));
  return tokens.map(withToken) as [Header, Header, Header];
}

type Header = ReturnType<typeof withToken>;
const env = { GATEWAY_API_KEYS: keysFor('web') };
const meQuery = '{ me { scopes } }';

test('a token dies at once with its parent, and its socket is closed', async () => {
  const { gateway, change } = await startChangeable(20);
  const used = withToken(await createToken(gateway, 'web', 'ada'));
  const unused = withToken(await createToken(gateway, 'web', 'bob'));
  expect((await gateway.graphql(meQuery, {}, used)).status).toBe(200);
  const socket = await openSocket(gateway.url);
  await socket.init(used);
  await change({ keys: [keyOf('other')] });
  for (const headers of [used, unused])
    expect((await gateway.graphql(meQuery, {}, headers)).errors?.[0]?.extensions['code']).toBe(
      'UNAUTHENTICATED',
    );
  expect(await socket.closed).toBe(4403);
  await change({});
  expect((await gateway.graphql(meQuery, {}, used)).status).toBe(200);
});

test('a socket stays open while its parent has other keys and the one that counts', async () => {
  const { gateway, change } = await startChangeable(5);
  const socket = await openSocket(gateway.url);
  await socket.init(withToken(await createToken(gateway, 'web', 'ada')));
  await change({ keys: [keyOf('other'), keyOf('web')] });
  socket.send({ type: 'ping' });
  expect(await socket.next()).toMatchObject({ type: 'pong' });
  await change({ keys: [] });
  expect(await socket.closed).toBe(4403);
});

test('a parent that loses a scope takes it from the tokens that it created', async () => {
  const { gateway, change } = await startChangeable();
  const headers = withToken(await createToken(gateway, 'web', 'ada', { scopes: ['READ', 'SWAP'] }));
  const scopes = async () => (await gateway.graphql(meQuery, {}, headers)).data?.['me'];
  expect(await scopes()).toEqual({ scopes: ['SWAP', 'READ'].reverse() });
  await change({ scopes: ['swap', 'cancel'] });
  expect(await scopes()).toEqual({ scopes: ['SWAP'] });
  await change({});
  expect(await scopes()).toEqual({ scopes: ['READ', 'SWAP'] });
});

test('a socket is closed when the key behind it loses a scope that its token has', async () => {
  const { gateway, change } = await startChangeable(5);
  const [reader, uploader] = [await openSocket(gateway.url), await openSocket(gateway.url)];
  await reader.init(withToken(await createToken(gateway, 'web', 'ada', { scopes: ['READ'] })));
  await uploader.init(withToken(await createToken(gateway, 'web', 'ada', { scopes: ['READ', 'UPLOAD'] })));
  await change({ scopes: ['read'] });
  expect(await uploader.closed).toBe(4403);
  reader.send({ type: 'ping' });
  expect(await reader.next()).toMatchObject({ type: 'pong' });
});

test('a token expires no later than the key that created it', async () => {
  const { gateway, change } = await startChangeable();
  const expiresAt = Date.now() + 60_000;
  await change({ keys: [keyOf('web', expiresAt)] });
  const { data } = await gateway.graphql(
    createTokenMutation,
    { sub: 'ada', ttlSeconds: 3600 },
    bearer('web'),
  );
  expect(data?.['createClientToken']).toMatchObject({ expiresAt: new Date(expiresAt).toISOString() });
});

test('the requests of tokens count on the rate of their parent, which a single token cannot exceed', async () => {
  const gateway = await startGateway({ ...env, RATE_LIMIT: '1' });
  // 4 at once; the two mutations below count as well.
  const [ada, bob] = await tokensOf(gateway, 'ada', 'bob');
  const codes: unknown[] = [];
  for (const headers of [ada, bob, ada, bob, bearer('web')]) {
    const { errors } = await gateway.graphql(meQuery, {}, headers);
    codes.push(errors?.[0]?.extensions['code']);
  }
  expect(codes).toEqual([undefined, undefined, 'RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED']);
});

test('a token over its own rate takes nothing from its parent', () => {
  const taken: string[] = [];
  const admission = createAdmission({
    shedLoad: () => undefined,
    guardHost: () => undefined,
    authenticator: {
      authenticate: () => ({ client: 'token:web:ada', parent: 'web', kind: 'token', scopes: new Set() }),
      recheck: () => undefined,
    },
    rates: {
      take(key) {
        taken.push(key);
        return taken.length > 2 ? 1000 : 0;
      },
      peek: () => 0,
      size: () => 0,
    },
  });
  const admit = () =>
    admission.admit({ authorization: '', host: '', address: () => '', requestId: '', work: 'query' });
  admit();
  expect(admit).toThrow('rate limit');
  expect(taken).toEqual(['token:web:ada', 'web', 'token:web:ada']);
});

test('the sockets of tokens count on their parent, until they close', async () => {
  const gateway = await startGateway({ ...env, MAX_SOCKETS_PER_CLIENT: '2' });
  const [ada, bob, cid] = await tokensOf(gateway, 'ada', 'bob', 'cid');
  const outcome = async (headers: object | undefined) => {
    const socket = await openSocket(gateway.url);
    socket.send({ type: 'connection_init', payload: headers });
    const opened = socket.next().then(({ type }) => type);
    return { socket, opened: await opened.catch(() => socket.closed) };
  };
  const first = await outcome(ada);
  expect([first.opened, (await outcome(bob)).opened]).toEqual(['connection_ack', 'connection_ack']);
  for (const headers of [cid, ada, bearer('web')]) expect((await outcome(headers)).opened).toBe(1013);
  first.socket.socket.close();
  await expect.poll(async () => (await outcome(bearer('web'))).opened).toBe('connection_ack');
  expect((await outcome(cid)).opened).toBe(1013);
});

test('the subscriptions of tokens count on their parent, until they end', async () => {
  const gateway = await startGateway({
    ...env,
    ...(await startStubModelsLab()).env,
    MAX_SUBSCRIPTIONS_PER_CLIENT: '1',
  });
  const [ada, bob] = await tokensOf(gateway, 'ada', 'bob');
  const follow = async (headers: Record<string, string>) => {
    const { id } = await requestSwap(gateway, {}, { headers });
    const socket = await openSocket(gateway.url);
    await socket.init(headers);
    let number = 0;
    return {
      socket,
      async start() {
        number += 1;
        socket.subscribe(String(number), 'subscription ($id: ID!) { swapUpdated(id: $id) { status } }', {
          id,
        });
        return (await socket.next()).type;
      },
    };
  };
  const [ofAda, ofBob, ofKey] = [await follow(ada), await follow(bob), await follow(bearer('web'))];
  expect([await ofAda.start(), await ofBob.start(), await ofKey.start()]).toEqual(['next', 'error', 'error']);
  ofAda.socket.send({ type: 'complete', id: '1' });
  await expect.poll(ofBob.start).toBe('next');
  expect(await ofKey.start()).toBe('error');
});

test('the held responses of tokens count on their parent, until they are sent', async () => {
  const gateway = await startGateway({
    ...env,
    ...(await startStubModelsLab()).env,
    MAX_SUBSCRIPTIONS_PER_CLIENT: '1',
  });
  const [ada, bob] = await tokensOf(gateway, 'ada', 'bob');
  const query = 'query ($id: ID!, $wait: Int) { swapResult(id: $id, wait: $wait) { status } }';
  const start = async (headers: Record<string, string>) => {
    const { id } = await requestSwap(gateway, {}, { headers });
    return async (wait: number) => {
      const since = performance.now();
      await gateway.graphql(query, { id, wait }, headers);
      return performance.now() - since;
    };
  };
  const [ofAda, ofBob, ofKey] = [await start(ada), await start(bob), await start(bearer('web'))];
  const held = ofAda(2);
  // Not held while that of the other token is.
  await expect.poll(() => ofKey(1)).toBeLessThan(900);
  expect(await ofBob(1)).toBeLessThan(900);
  await held;
  expect(await ofBob(1)).toBeGreaterThan(990);
});

test('the uploads of tokens count on the quota of their parent, also after a restart', async () => {
  const folder = {
    DATA_DIR: temporaryFolder(),
    CLIENT_TOKEN_SECRET: 'a secret that outlives one of the two gateways',
  };
  const start = () => startGateway({ ...env, ...folder, MAX_UPLOADS_PER_CLIENT: '2' });
  const bytes = await plainPicture(9, 9);
  const first = await start();
  const [ada, bob, cid] = await tokensOf(first, 'ada', 'bob', 'cid');
  const statuses = async (gateway: TestGateway, ...all: Header[]) => {
    const seen: number[] = [];
    for (const headers of all) seen.push((await upload(gateway, bytes, headers)).status);
    return seen;
  };
  expect(await statuses(first, ada, bob, cid, bearer('web'))).toEqual([201, 201, 429, 429]);
  await first.gateway.close();
  expect(await statuses(await start(), cid, bearer('web'))).toEqual([429, 429]);
});

test('the swaps of tokens count on the daily quota of their parent, and each token has its own', async () => {
  const gateway = await startGateway({ ...env, SWAPS_PER_DAY: '3' });
  const [ada, bob, cid] = await tokensOf(gateway, 'ada', 'bob', 'cid');
  for (const [trackId, headers] of [ada, bob, bearer('web')].entries())
    await requestSwap(gateway, { trackId }, { headers });
  for (const [trackId, headers] of [ada, cid, bearer('web')].entries())
    await expect(requestSwap(gateway, { trackId: 10 + trackId }, { headers })).rejects.toThrow(
      'RATE_LIMITED',
    );
});

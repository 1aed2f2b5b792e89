import { EventEmitter, once } from 'node:events';
import { createConnection } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Connection } from '../../src/server/websocket/connection.js';
import { createKeepAlive } from '../../src/server/websocket/keep-alive.js';
import { socketTimes } from '../../src/server/websocket/limits.js';
import { LatestValue } from '../../src/swap/latest-value.js';
import type { SwapView } from '../../src/swap/watch.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket, type RawSocket, refusedHandshake } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { startTransport } from '../../testing/start-transport.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapQuery, swapSubscription } from '../../testing/swap-client.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';
import { unexpected } from '../../testing/unexpected.js';

const keys = { GATEWAY_API_KEYS: keysFor('ada', 'bob') };

async function startWithSwap(env: Record<string, string>): Promise<{ gateway: TestGateway; id: string }> {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(1)));
  const gateway = await startGateway({ ...stub.env, ...keys, ...env });
  const { id } = await requestSwap(gateway, {}, { headers: bearer('ada') });
  // The swap does not change after that, so each subscription receives exactly one state.
  const swap = async () => (await gateway.graphql(swapQuery, { id }, bearer('ada'))).data;
  await expect.poll(swap).toMatchObject({ swapResult: { status: 'PROCESSING' } });
  return { gateway, id };
}

async function connect(url: string, client: string): Promise<RawSocket> {
  const socket = await openSocket(url);
  await socket.init(bearer(client));
  return socket;
}

async function isAlive(socket: RawSocket): Promise<boolean> {
  socket.send({ type: 'ping' });
  return (await socket.next()).type === 'pong';
}

test('foreign origins are rejected before the handshake; own and listed origins and programs are not', async () => {
  const { url } = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  for (const origin of [
    'https://evil.example.com',
    'null',
    'https://app.example.com.evil.example',
    'http://app.example.com',
  ])
    expect(await refusedHandshake(url, { origin })).toBe(403);
  for (const options of [{ origin: 'https://app.example.com' }, { origin: url }, {}])
    await (await openSocket(url, options)).init();
});

test('sockets at other paths than /graphql are rejected', async () => {
  const { url } = await startGateway();
  expect(await refusedHandshake(`${url}/other`)).toBe(404);
});

test("a socket above its client's limit is rejected, the others stay open, and a closed one frees its slot", async () => {
  const { url } = await startGateway({ ...keys, MAX_SOCKETS_PER_CLIENT: '2' });
  const first = await connect(url, 'ada');
  const second = await connect(url, 'ada');
  const third = await openSocket(url);
  third.send({ type: 'connection_init', payload: bearer('ada') });
  expect(await third.closed).toBe(1013);
  expect(await isAlive(first)).toBe(true);
  await connect(url, 'bob');
  second.socket.close();
  await second.closed;
  await expect.poll(() => connect(url, 'ada').then(isAlive, () => false)).toBe(true);
});

test.each([
  { limit: 'MAX_SOCKETS_PER_ADDRESS', status: 429 },
  { limit: 'MAX_SOCKETS', status: 503 },
])('a socket above $limit is rejected before the handshake', async ({ limit, status }) => {
  const { url } = await startGateway({ [limit]: '2' });
  const silent = await openSocket(url);
  await openSocket(url);
  expect(await refusedHandshake(url)).toBe(status);
  silent.socket.terminate();
  await expect
    .poll(() =>
      openSocket(url).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

test('behind a trusted proxy the forwarded address counts', async () => {
  const { url } = await startGateway({ MAX_SOCKETS_PER_ADDRESS: '1', TRUST_PROXY: '127.0.0.1' });
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  await openSocket(url, from('203.0.113.1'));
  await openSocket(url, from('203.0.113.2'));
  await openSocket(url, from('2001:db8:0:1::1'));
  expect(await refusedHandshake(url, from('203.0.113.1'))).toBe(429);
  expect(await refusedHandshake(url, from('2001:db8::1:9:9:9:9'))).toBe(429);
});

test.each([
  { limit: 'MAX_SUBSCRIPTIONS_PER_SOCKET', free: 2 },
  { limit: 'MAX_SUBSCRIPTIONS_PER_CLIENT', free: 0 },
])('a subscription above $limit is rejected, the others continue', async ({ limit, free }) => {
  const { gateway, id } = await startWithSwap({ [limit]: '2' });
  const socket = await connect(gateway.url, 'ada');
  for (const operation of ['1', '2']) {
    socket.subscribe(operation, swapSubscription, { id });
    expect(await socket.next()).toMatchObject({ type: 'next', id: operation });
  }
  socket.subscribe('3', swapSubscription, { id });
  expect(await socket.next()).toMatchObject({
    type: 'error',
    id: '3',
    payload: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 1 } }],
  });
  const other = await connect(gateway.url, 'ada');
  other.subscribe('1', swapSubscription, { id });
  expect(await other.next()).toMatchObject({ type: free > 0 ? 'next' : 'error' });
  socket.send({ type: 'complete', id: '1' });
  socket.subscribe('3', swapSubscription, { id });
  expect(await socket.next()).toMatchObject({ type: 'next', id: '3' });
});

test('subscriptions with a reused id all end with their socket', async () => {
  const ended = new Set<object>();
  const begin: (() => void)[] = [];
  const feed = () =>
    new LatestValue<SwapView>({ isLast: () => false, onClosed: (left) => void ended.add(left) });
  const { url } = await startTransport({
    fail: () => {
      throw new Error('not needed');
    },
    swaps: { watch: () => new Promise((resolve) => begin.push(() => resolve(feed()))) },
  });
  const socket = await openSocket(url);
  await socket.init();
  for (let hurry = 0; hurry < 3; hurry++) {
    socket.subscribe('1', swapSubscription, { id: 'any' });
    socket.send({ type: 'complete', id: '1' });
  }
  socket.subscribe('1', swapSubscription, { id: 'any' });
  expect(await isAlive(socket)).toBe(true);
  for (const start of begin) start();
  expect(await isAlive(socket)).toBe(true);
  socket.socket.terminate();
  await expect.poll(() => ended.size).toBe(4);
});

test('a socket that closes before its token is checked holds no slot', async () => {
  const issuer = await startTokenIssuer();
  const { url } = await startGateway({ ...issuer.env, MAX_SOCKETS_PER_CLIENT: '1' });
  const payload = { authorization: `Bearer ${await issuer.token()}` };
  const gone = await openSocket(url);
  gone.send({ type: 'connection_init', payload });
  gone.socket.terminate();
  await expect.poll(() => issuer.fetches()).toBe(1);
  const socket = await openSocket(url);
  await socket.init(payload);
  expect(await isAlive(socket)).toBe(true);
});

test('a syntax error gets an error, and another subscription on the socket continues', async () => {
  const { gateway, id } = await startWithSwap({});
  const socket = await connect(gateway.url, 'ada');
  socket.subscribe('good', swapSubscription, { id });
  expect(await socket.next()).toMatchObject({ type: 'next', id: 'good' });
  socket.subscribe('bad', '{');
  expect(await socket.next()).toMatchObject({
    type: 'error',
    id: 'bad',
    payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
  });
  expect(await isAlive(socket)).toBe(true);
});

test('a client that sends no pong is disconnected, one that does is not', async () => {
  const { url } = await startGateway(
    {},
    { transport: { times: { pingIntervalMs: 40, checkIntervalMs: 10 } } },
  );
  const live = await openSocket(url);
  const dead = await openSocket(url, { autoPong: false });
  await Promise.all([live.init(), dead.init()]);
  expect(await dead.closed).toBe(1006);
  await once(live.socket, 'ping');
  expect(await isAlive(live)).toBe(true);
});

test('a client that keeps sending and never reads is disconnected at one mebibyte', async () => {
  const { url } = await startGateway({ MAX_SOCKETS: '1' });
  const greedy = await openSocket(url);
  await greedy.init();
  greedy.socket.pause();
  const fill = 'x'.repeat(60_000);
  for (let ping = 0; ping < 900; ping++) greedy.send({ type: 'ping', payload: { fill } });
  await expect
    .poll(() =>
      openSocket(url).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

test('a socket that reads nothing for too long is terminated, one that reads a little is not', async () => {
  const watch = createKeepAlive({ ...socketTimes, stallTimeoutMs: 300, checkIntervalMs: 5 }, unexpected);
  onTestFinished(() => watch.stop());
  const watched = (sentBytes: () => number) => {
    const socket = Object.assign(new EventEmitter(), {
      bufferedAmount: 1000,
      terminate: () => socket.emit('cut off'),
    });
    const session = {
      socket,
      sentBytes,
      isInitialized: true,
      pingedAt: performance.now(),
      isOpen: () => true,
    };
    watch.add({ ...session, flushedBytes: 0, stalledSince: 0 } as unknown as Connection);
    return socket;
  };
  let sent = 1000;
  let isSlowCut = false;
  watched(() => sent++).on('cut off', () => {
    isSlowCut = true;
  });
  const since = performance.now();
  await once(
    watched(() => 1000),
    'cut off',
  );
  expect(performance.now() - since).toBeGreaterThan(290);
  expect(isSlowCut).toBe(false);
});

test('many handshakes that are aborted while they are queued do no harm', async () => {
  const { url } = await startGateway();
  const { hostname, port, host } = new URL(url);
  const handshake = [
    'GET /graphql HTTP/1.1',
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    '\r\n',
  ].join('\r\n');
  const crowd = await Promise.all(
    Array.from({ length: 400 }, async () => {
      const connection = createConnection({ host: hostname, port: Number(port) });
      // One response shows that the connection is not only established but accepted.
      connection.write(`GET /livez HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await once(connection, 'data');
      return connection;
    }),
  );
  await nextTurn();
  for (const connection of crowd) connection.on('error', () => undefined).write(handshake);
  // The gateway, in this process, can read all of them, but respond only to some.
  await nextTurn();
  await Promise.all(crowd.map((connection) => once(connection.resetAndDestroy(), 'close')));
  const socket = await openSocket(url);
  await socket.init();
  expect(await isAlive(socket)).toBe(true);
});

test('a socket whose first message is queued does not count as silent', async () => {
  const watch = createKeepAlive({ ...socketTimes, initTimeoutMs: 20, checkIntervalMs: 5 }, unexpected);
  onTestFinished(() => watch.stop());
  const watched = (waitingMessages: number) => {
    const events = new EventEmitter();
    const session = {
      socket: { bufferedAmount: 0 },
      sentBytes: () => 0,
      isInitialized: false,
      waitingMessages,
      pingedAt: performance.now(),
      isOpen: () => true,
      close: (code: number) => events.emit('closed', code),
    };
    watch.add(session as unknown as Connection);
    return { session, closed: once(events, 'closed') };
  };
  const busy = watched(1);
  const silent = watched(0);
  let isBusyClosed = false;
  void busy.closed.then(() => {
    isBusyClosed = true;
  });
  expect(await silent.closed).toEqual([4408]);
  expect(isBusyClosed).toBe(false);
  busy.session.waitingMessages = 0;
  expect(await busy.closed).toEqual([4408]);
});

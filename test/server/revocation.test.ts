import type { JWTPayload } from 'jose';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.js';
import type { Scope } from '../../src/swap/principal.js';
import { createClientsFile, keyOf } from '../../testing/clients-file.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { samplePicture } from '../../testing/pictures.js';
import { openSocket, type RawSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, requestSwap, swapMutation, swapSubscription } from '../../testing/swap-client.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

/** Sockets are checked often, so that a test does not wait for a second. */
const transport = { times: { checkIntervalMs: 10 } };
const query = '{ swapResult(id: "1") { id } }';
const minuteMs = 60_000;

type Headers = { authorization: string };

const statusOf = async ({ graphql }: TestGateway, headers: Headers): Promise<number> =>
  (await graphql(query, {}, headers)).status;

async function connect({ url }: TestGateway, headers: Headers): Promise<RawSocket> {
  const socket = await openSocket(url);
  await socket.init(headers);
  return socket;
}

/** The close code of a socket that sends `connection_init`; 0 if it is accepted. */
async function connectCode({ url }: TestGateway, headers: Headers): Promise<number> {
  const socket = await openSocket(url);
  socket.send({ type: 'connection_init', payload: headers });
  return Promise.race([
    socket.closed,
    socket.next().then(
      () => 0,
      () => socket.closed,
    ),
  ]);
}

/**
 * Whether a socket is still open. To be asked after another socket was closed: the gateway checks all sockets in the same turn.
 */
const isOpen = async (socket: RawSocket): Promise<boolean> => {
  socket.send({ type: 'ping' });
  return (await socket.next()).type === 'pong';
};

/** A clock that the test can advance, on which sleeping takes real time. */
function createOffsetClock() {
  let offset = 0;
  return {
    ...systemClock,
    now: () => Date.now() + offset,
    advance(ms: number) {
      offset += ms;
    },
  };
}

test('a removed key stops working at once: HTTP, an open socket, a new socket; other keys of the client keep working', async () => {
  const stub = await startStubModelsLab();
  const file = createClientsFile({ name: 'web', keys: [keyOf('old'), keyOf('new')] });
  const gateway = await startGateway(
    { ...stub.env, CLIENTS_FILE: file.path, GATEWAY_API_KEYS: keysFor('env') },
    { transport },
  );
  stub.handle((call) => call.answer(200, answers.processing(1, 600)));
  const { id } = await requestSwap(gateway, {}, { headers: bearer('old') });
  const old = await connect(gateway, bearer('old'));
  old.subscribe('1', swapSubscription, { id });
  expect((await old.next()).type).toBe('next');
  const others = [await connect(gateway, bearer('new')), await connect(gateway, bearer('env'))];
  expect(await statusOf(gateway, bearer('old'))).toBe(200);

  file.write({ name: 'web', keys: [keyOf('new')] });
  await gateway.gateway.reload();
  expect(await statusOf(gateway, bearer('old'))).toBe(401);
  expect(await old.closed).toBe(4403);
  expect(await connectCode(gateway, bearer('old'))).toBe(4403);
  for (const name of ['new', 'env']) expect(await statusOf(gateway, bearer(name))).toBe(200);
  for (const socket of others) expect(await isOpen(socket)).toBe(true);
  const { data } = await gateway.graphql(`{ swapResult(id: "${id}") { id } }`, {}, bearer('new'));
  expect(data).toEqual({ swapResult: { id } });
});

test('a key that is removed from the file stops working within a minute, without a signal', async () => {
  const file = createClientsFile({ name: 'web' });
  const clock = createManualClock();
  const gateway = await startGateway({ CLIENTS_FILE: file.path }, { clock, transport });
  const socket = await connect(gateway, bearer('web'));
  file.write();
  await clock.advance(minuteMs);
  expect(await socket.closed).toBe(4403);
  expect(await statusOf(gateway, bearer('web'))).toBe(401);
});

test('a key stops working when it expires: HTTP, an open socket, a new socket', async () => {
  const clock = createOffsetClock();
  const file = createClientsFile({ name: 'web', keys: [keyOf('web', Date.now() + minuteMs), keyOf('next')] });
  const gateway = await startGateway({ CLIENTS_FILE: file.path }, { clock, transport });
  const socket = await connect(gateway, bearer('web'));
  const next = await connect(gateway, bearer('next'));
  expect(await statusOf(gateway, bearer('web'))).toBe(200);
  clock.advance(minuteMs);
  expect(await socket.closed).toBe(4403);
  expect(await statusOf(gateway, bearer('web'))).toBe(401);
  expect(await connectCode(gateway, bearer('web'))).toBe(4403);
  expect(await isOpen(next)).toBe(true);
});

test('a key whose expiry was put off keeps its sockets past the earlier one', async () => {
  const clock = createOffsetClock();
  const soon = Date.now() + minuteMs;
  const keys = [keyOf('web', soon), keyOf('other', soon)];
  const file = createClientsFile({ name: 'web', keys });
  const gateway = await startGateway({ CLIENTS_FILE: file.path }, { clock, transport });
  const [web, other] = [await connect(gateway, bearer('web')), await connect(gateway, bearer('other'))];
  file.write({ name: 'web', keys: [keyOf('web', soon + minuteMs), keyOf('other', soon)] });
  await gateway.gateway.reload();
  clock.advance(minuteMs);
  expect(await other.closed).toBe(4403);
  expect(await isOpen(web)).toBe(true);
  clock.advance(minuteMs);
  expect(await web.closed).toBe(4403);
});

test('a client that loses a scope is disconnected, and no longer gets what the scope allowed', async () => {
  const stub = await startStubModelsLab();
  const scopes: Scope[] = ['swap', 'read'];
  const file = createClientsFile({ name: 'web', scopes });
  const gateway = await startGateway({ ...stub.env, CLIENTS_FILE: file.path }, { transport });
  stub.handle((call) => call.answer(200, answers.processing(1, 600)));
  const { id } = await requestSwap(gateway, {}, { headers: bearer('web') });
  const socket = await connect(gateway, bearer('web'));
  file.write({ name: 'web', scopes: ['swap'] });
  await gateway.gateway.reload();
  expect(await socket.closed).toBe(4403);
  const again = await connect(gateway, bearer('web'));
  again.subscribe('1', swapSubscription, { id });
  expect(JSON.stringify(await again.next())).toContain('does not have the scope \\"read\\"');
});

test('without any client left, the gateway is closed, not open', async () => {
  const file = createClientsFile({ name: 'web' });
  const gateway = await startGateway({ CLIENTS_FILE: file.path }, { transport });
  file.write();
  await gateway.gateway.reload();
  expect(await statusOf(gateway, bearer('web'))).toBe(401);
  expect((await gateway.graphql(query)).status).toBe(401);
  expect((await fetch(`${gateway.url}/metrics`)).status).not.toBe(200);
});

test('a request that waits for its swap finishes after its key was removed', async () => {
  const stub = await startStubModelsLab();
  const file = createClientsFile({ name: 'web' });
  const gateway = await startGateway({ ...stub.env, CLIENTS_FILE: file.path }, { transport });
  const waiting = gateway.graphql(swapMutation, { input: images, wait: 60 }, bearer('web'));
  const submission = await stub.submission();
  file.write();
  await gateway.gateway.reload();
  expect(await statusOf(gateway, bearer('web'))).toBe(401);
  submission.answer(200, answers.success(1));
  expect(await waiting).toMatchObject({ status: 200, data: { singleFaceSwap: { status: 'SUCCEEDED' } } });
});

test('a download that is running finishes after its key was removed', async () => {
  const file = createClientsFile({ name: 'web' });
  const gateway = await startGateway({ CLIENTS_FILE: file.path });
  const sample = (name: string): string => `${gateway.url}/samples/${name}.jpg`;
  const input = { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') };
  const { id } = await requestSwap(gateway, input, { wait: 30, headers: bearer('web') });
  const response = await fetch(`${gateway.url}/swaps/${id}/download`, { headers: bearer('web') });
  file.write();
  await gateway.gateway.reload();
  expect(await statusOf(gateway, bearer('web'))).toBe(401);
  const bytes = await response.arrayBuffer();
  expect(bytes.byteLength).toBe(Number(response.headers.get('content-length')));
  expect(bytes.byteLength).toBeGreaterThan(samplePicture('ada').length / 10);
});

test('a gateway with an invalid file keeps serving its clients, and says so once', async () => {
  const clock = createOffsetClock();
  const file = createClientsFile({
    name: 'web',
    keys: [keyOf('web'), keyOf('other', Date.now() + minuteMs)],
  });
  const gateway = await startGateway({ CLIENTS_FILE: file.path }, { clock, transport });
  const [web, other] = [await connect(gateway, bearer('web')), await connect(gateway, bearer('other'))];
  file.writeText('{"clients": [{}]}');
  await gateway.gateway.reload();
  clock.advance(minuteMs);
  expect(await other.closed).toBe(4403);
  expect(await isOpen(web)).toBe(true);
  expect(await statusOf(gateway, bearer('web'))).toBe(200);
  const lines = gateway.logs.lines().filter(({ level }) => level === 'error');
  expect(lines).toMatchObject([{ problems: expect.arrayContaining(['clients[0].name: must be a text']) }]);
});

/** A gateway on a manual clock, which trusts an issuer with two keys. */
async function startWithIssuer() {
  const clock = createManualClock();
  const issuer = await startTokenIssuer();
  await issuer.addKey('two');
  const gateway = await startGateway(issuer.env, { clock, transport });
  const tokenOf = async (kid: string, claims: JWTPayload = {}): Promise<Headers> => ({
    authorization: `Bearer ${await issuer.token(claims, { kid })}`,
  });
  return { clock, issuer, gateway, tokenOf };
}

test('tokens of a key that left the key set stop working within a minute: HTTP, an open socket, a new socket', async () => {
  const { clock, issuer, gateway, tokenOf } = await startWithIssuer();
  const [one, two] = [await tokenOf('one'), await tokenOf('two')];
  const [first, second] = [await connect(gateway, one), await connect(gateway, two)];
  for (const headers of [one, two]) expect(await statusOf(gateway, headers)).toBe(200);
  issuer.removeKey('one');
  await clock.advance(minuteMs);
  expect(await first.closed).toBe(4403);
  expect(await statusOf(gateway, one)).toBe(401);
  expect(await connectCode(gateway, one)).toBe(4403);
  expect(await statusOf(gateway, two)).toBe(200);
  expect(await isOpen(second)).toBe(true);
});

test('tokens of a key that was added work within a minute', async () => {
  const { clock, issuer, gateway, tokenOf } = await startWithIssuer();
  expect(await statusOf(gateway, await tokenOf('one'))).toBe(200);
  await issuer.addKey('three');
  await clock.advance(minuteMs);
  const three = await tokenOf('three');
  await expect.poll(() => statusOf(gateway, three)).toBe(200);
});

test('while the issuer is down, its tokens work for ten minutes; then they are UNAVAILABLE until it is back', async () => {
  const { clock, issuer, gateway, tokenOf } = await startWithIssuer();
  const startedAt = clock.now();
  const exp = Math.floor(startedAt / 1000 + 8 * 60);
  const tokens = [await tokenOf('one'), await tokenOf('two'), await tokenOf('one', { exp })] as const;
  const [one, two, short] = tokens;
  const [open, other] = [await connect(gateway, one), await connect(gateway, short)];
  issuer.breakDown();
  await clock.advance(10 * minuteMs - 1000);
  expect(await other.closed).toBe(4403);
  expect(await isOpen(open)).toBe(true);
  for (const headers of [one, two]) expect(await statusOf(gateway, headers)).toBe(200);
  await clock.advance(1000);
  expect(await open.closed).toBe(1013);
  for (const headers of [one, two]) {
    expect(await statusOf(gateway, headers)).toBe(503);
    expect(await connectCode(gateway, headers)).toBe(1013);
  }
  issuer.recover();
  const statusLater = async (): Promise<number> => {
    await clock.advance(5000);
    return statusOf(gateway, one);
  };
  await expect.poll(statusLater).toBe(200);
  expect(await connectCode(gateway, two)).toBe(0);
});

test('tokens with unknown key ids do not make the gateway call the issuer each time', async () => {
  const { issuer, gateway, tokenOf } = await startWithIssuer();
  expect(await statusOf(gateway, await tokenOf('one'))).toBe(200);
  for (let n = 0; n < 20; n++) expect(await statusOf(gateway, await tokenOf(`forged ${n}`))).toBe(401);
  expect(issuer.fetches()).toBe(1);
});

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createToken, withToken } from '../../testing/client-tokens.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { readMetrics } from '../../testing/metrics.js';
import { plainPicture } from '../../testing/pictures.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { cancelMutation, requestSwap, swapMutation } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

type Line = Record<string, unknown>;

const audited = ({ logs }: TestGateway, event?: string): Line[] =>
  logs.lines().filter((line) => line['msg'] === 'audit' && (event === undefined || line['event'] === event));
const fileLines = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const hashOf = (client: string): string =>
  createHash('sha256').update(`${client}-key`).digest('hex').slice(0, 12);

test.each(['on', 'off'])(
  'who requests, cancels, downloads and uploads is recorded with the request id, with the fast path %s',
  async (FAST_PATH) => {
    const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('ada'), FAST_PATH, LOG_LEVEL: 'silent' });
    const headers = (requestId: string) => ({ ...bearer('ada'), 'x-request-id': requestId });
    const sample = `${gateway.url}/samples/ada.jpg`;
    const input = { initImage: sample, targetImage: sample, referenceImage: sample, idempotencyKey: 'k' };
    const swap = await requestSwap(gateway, input, { wait: 30, headers: headers('first') });
    await requestSwap(gateway, input, { headers: headers('again') });
    await fetch(`${gateway.url}/swaps/${swap.id}/download`, { headers: headers('download') });
    const stored = await upload(gateway, await plainPicture(9, 9), headers('upload'));
    const caller = { client: 'ada', address: '127.0.0.1', time: expect.any(String) };
    expect(audited(gateway)).toMatchObject([
      { event: 'key.used', requestId: 'first', keyHash: hashOf('ada'), ...caller },
      { event: 'swap.requested', requestId: 'first', swap: swap.id, isRepeated: false, ...caller },
      { event: 'swap.requested', requestId: 'again', swap: swap.id, isRepeated: true, ...caller },
      { event: 'swap.downloaded', requestId: 'download', swap: swap.id, ...caller },
      { event: 'upload.stored', requestId: 'upload', bytes: expect.any(Number), ...caller },
    ]);
    expect(gateway.logs.lines()).toHaveLength(5);
    expect(stored.status).toBe(201);
    expect(gateway.logs.text()).not.toContain(stored.picture.url.split('/').at(-1));
  },
);

test('a client token is recorded when a key creates it, and its uses are those of its own client', async () => {
  const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('ada') });
  const token = await createToken(gateway, 'ada', 'bob', { scopes: ['READ'] });
  await gateway.graphql('{ me { client } }', {}, withToken(token));
  const expiresAt = expect.stringMatching(/^20\d\d-.*Z$/);
  expect(audited(gateway)).toMatchObject([
    { event: 'key.used', client: 'ada' },
    { event: 'token.created', client: 'ada', createdClient: 'token:ada:bob', scopes: ['read'], expiresAt },
  ]);
  expect(gateway.logs.text()).not.toContain(token);
});

test('the first use of a client token is not a use of the key that created it', async () => {
  const env = {
    GATEWAY_API_KEYS: keysFor('ada'),
    CLIENT_TOKEN_SECRET: 'a secret of more than 32 characters',
  };
  const token = await createToken(await startGateway(env), 'ada', 'bob');
  const other = await startGateway(env);
  await other.graphql('{ me { client } }', {}, withToken(token));
  expect(audited(other)).toEqual([]);
});

test('a cancellation is recorded, a refused one is not', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.processing(1)));
  const gateway = await startGateway({ ...stub.env, MODELSLAB_QUEUE_LIMIT: '1' });
  const running = await requestSwap(gateway, { idempotencyKey: '1' });
  await stub.submission();
  const { id } = await requestSwap(gateway, { idempotencyKey: '2' });
  await gateway.graphql(cancelMutation, { id: running.id });
  await gateway.graphql(cancelMutation, { id });
  await gateway.graphql(cancelMutation, { id: 'none' });
  expect(audited(gateway, 'swap.canceled')).toMatchObject([{ swap: id, client: 'local' }]);
  expect(audited(gateway, 'key.used')).toEqual([]);
});

test('a swap is recorded when it is accepted, not after the wait', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway(stub.env);
  const responded = gateway.graphql(swapMutation, {
    input: {
      initImage: 'https://a.example/1.jpg',
      targetImage: 'https://a.example/2.jpg',
      referenceImage: 'https://a.example/3.jpg',
    },
    wait: 60,
  });
  const call = await stub.submission();
  expect(audited(gateway, 'swap.requested')).toHaveLength(1);
  call.answer(200, answers.success(1));
  expect((await responded).errors).toBeUndefined();
  expect(audited(gateway, 'swap.requested')).toHaveLength(1);
});

test('refused logins and first uses of keys are recorded over WebSocket as over HTTP', async () => {
  const gateway = await startGateway({
    GATEWAY_API_KEYS: keysFor('ada', 'ben'),
    METRICS_TOKEN: 'a-token-for-prometheus',
  });
  for (const authorization of ['Bearer wrong', 'Basic wrong', undefined]) {
    const socket = await openSocket(gateway.url);
    socket.send({ type: 'connection_init', payload: { authorization } });
    expect(await socket.closed).toBe(4403);
  }
  const [first] = audited(gateway);
  expect(first).toMatchObject({
    event: 'login.refused',
    service: 'api',
    reason: 'UNAUTHENTICATED',
    address: '127.0.0.1',
  });
  expect(first?.['requestId']).toMatch(/^[0-9a-f-]{36}$/);
  const socket = await openSocket(gateway.url);
  await socket.init(bearer('ada'));
  await gateway.graphql('{ __typename }', {}, bearer('ada'));
  await gateway.graphql('{ __typename }', {}, bearer('ben'));
  await gateway.graphql('{ __typename }', {}, bearer('eve'));
  await upload(gateway, 'x', bearer('eve'));
  await fetch(`${gateway.url}/swaps/1/download`, { headers: bearer('eve') });
  await fetch(`${gateway.url}/metrics`, { headers: bearer('eve') });
  await fetch(`${gateway.url}/metrics`, { headers: { authorization: 'Bearer a-token-for-prometheus' } });
  await gateway.gateway.close();
  expect(audited(gateway).slice(1)).toMatchObject([
    { event: 'key.used', client: 'ada', keyHash: hashOf('ada') },
    { event: 'key.used', client: 'ben', keyHash: hashOf('ben') },
    { event: 'login.refused', service: 'metrics' },
    { event: 'login.refused', service: 'api', suppressed: 5 },
  ]);
  expect(gateway.logs.text()).not.toMatch(/eve-key|ada-key|wrong/);
});

test('the first use of each key of a client is recorded, and no key on a gateway without keys', async () => {
  const sha256 = createHash('sha256').update('second-key').digest('hex');
  const gateway = await startGateway({ GATEWAY_API_KEYS: `${keysFor('ada')},ada:${sha256}` });
  for (const key of ['ada-key', 'second-key', 'ada-key', 'second-key'])
    await gateway.graphql('{ __typename }', {}, { authorization: `Bearer ${key}` });
  expect(audited(gateway, 'key.used')).toMatchObject([
    { client: 'ada', keyHash: hashOf('ada') },
    { client: 'ada', keyHash: sha256.slice(0, 12) },
  ]);
  const open = await startGateway();
  await open.graphql('{ __typename }', {}, bearer('ada'));
  expect(audited(open)).toEqual([]);
});

test('the request rate limit of a client is no refused login', async () => {
  const gateway = await startGateway({ GATEWAY_API_KEYS: keysFor('ada'), RATE_LIMIT: '1' });
  const codes = [];
  for (let n = 0; n < 6; n++)
    codes.push((await gateway.graphql('{ __typename }', {}, bearer('ada'))).errors?.[0]?.extensions['code']);
  expect(codes).toContain('RATE_LIMITED');
  expect(audited(gateway).map(({ event }) => event)).toEqual(['key.used']);
});

test('a file that cannot be written fails no request, and is counted', async () => {
  const gateway = await startGateway({ AUDIT_LOG: '/dev/full' });
  const sample = `${gateway.url}/samples/ada.jpg`;
  const input = { initImage: sample, targetImage: sample, referenceImage: sample };
  expect((await requestSwap(gateway, input, { wait: 30 })).status).toBe('SUCCEEDED');
  await expect.poll(() => gateway.logs.text()).toContain('cannot write the audit log');
  expect((await readMetrics(gateway)).value('audit_lines_lost_total')).toBe(0);
  await gateway.gateway.close();
  expect(audited(gateway)).toEqual([]);
});

test('off records nothing', async () => {
  const gateway = await startGateway({ AUDIT_LOG: 'off' });
  await requestSwap(gateway);
  await gateway.gateway.close();
  expect(audited(gateway)).toEqual([]);
});

test('a file that cannot be opened ends the start with a message', async () => {
  await expect(startGateway({ AUDIT_LOG: '/missing/audit.log' })).rejects.toThrow(
    'AUDIT_LOG: cannot open /missing/audit.log: ENOENT',
  );
});

test('SIGHUP opens the file again, so that it can be rotated, and ends nothing', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'audit.log');
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.processing(1)));
  const gateway = await startGatewayProcess({
    ...stub.env,
    DATA_DIR: folder,
    AUDIT_LOG: path,
    AUDIT_ADDRESSES: 'off',
  });
  const before = await requestSwap(gateway, { idempotencyKey: '1' });
  await expect.poll(() => fileLines(path)).toHaveLength(1);
  renameSync(path, `${path}.1`);
  gateway.child.kill('SIGHUP');
  await expect.poll(() => statSync(path, { throwIfNoEntry: false })?.mode).toBe(0o100600);
  const after = await requestSwap(gateway, { idempotencyKey: '2' });
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(fileLines(`${path}.1`)).toMatchObject([{ event: 'swap.requested', swap: before.id }]);
  expect(fileLines(path)).toMatchObject([{ event: 'swap.requested', swap: after.id }]);
  expect(fileLines(path)[0]).not.toHaveProperty('address');
  expect(gateway.output()).toContain('opened the file of the audit log again');
  expect(gateway.output()).not.toContain('swap.requested');
});

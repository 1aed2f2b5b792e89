import { execFile } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createToken, withToken } from '../../testing/client-tokens.js';
import { freePort } from '../../testing/free-port.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { expectPrivate, secretImages } from '../../testing/private-urls.js';
import { sharedEnv, startGateways } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const script = join(import.meta.dirname, '../../scripts/ops.ts');
const ADMIN_TOKEN = 'a-token-for-operators';
const redis = redisForTests();
const stores: [string, () => Record<string, string>][] = [
  ['SQLite', () => ({ DATA_DIR: temporaryFolder() })],
  ['Redis', () => ({ ...sharedEnv(redis), CLIENT_TOKEN_SECRET: 'a secret that all instances share' })],
];
const admin = { ADMIN_PORT: '0', ADMIN_TOKEN, GATEWAY_API_KEYS: keysFor('ada', 'bob') };

async function run(env: Record<string, string>, ...args: string[]) {
  const failed = (error: { code: number; stdout: string; stderr: string }) => error;
  const options = { env: { PATH: process.env['PATH'], ...env } };
  const done = await promisify(execFile)(process.execPath, [script, ...args], options).catch(failed);
  return { code: 0, ...done };
}

const opsFor = ({ gateway }: TestGateway) => {
  const env = { ADMIN_URL: gateway.adminUrl ?? '', ADMIN_TOKEN };
  return {
    run: (...args: string[]) => run(env, ...args),
    async json(...args: string[]) {
      const { code, stdout, stderr } = await run(env, ...args, '--json');
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
  };
};
const ada = { headers: bearer('ada') };
const bob = { headers: bearer('bob') };
const acts = ({ logs }: TestGateway) =>
  logs
    .lines()
    .filter(({ event }) => event === 'admin.act')
    .map(({ act, outcome, swap }) => [act, outcome, ...(swap === undefined ? [] : [swap])]);

async function startReceiver() {
  const calls: Record<string, unknown>[] = [];
  const state = { status: 200 };
  const server = createServer(async (request, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    calls.push({ ...(JSON.parse(text) as object), webhookId: request.headers['webhook-id'] });
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { calls, state, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/secret-path` };
}

describe.each(stores)('on %s', (_store, storeEnv) => {
  test('queue lists what waits in order, with clients and ages, and pauses', async () => {
    const stub = await startStubModelsLab();
    const env = { ...stub.env, ...storeEnv(), ...admin, MODELSLAB_QUEUE_LIMIT: '1' };
    const gateway = await startGateway(env);
    const ops = opsFor(gateway);
    await requestSwap(gateway, { trackId: 1 }, ada);
    await stub.submission();
    const token = { headers: withToken(await createToken(gateway, 'bob', 'visitor')) };
    const a = await requestSwap(gateway, { ...secretImages, trackId: 2 }, ada);
    const b = await requestSwap(gateway, { trackId: 3 }, ada);
    const c = await requestSwap(gateway, { trackId: 4 }, token);
    const time = expect.stringMatching(/Z$/);
    const result = await ops.json('queue');
    expect(result).toMatchObject({ waiting: 3, running: 1, slots: 1, paused: false, pauses: [] });
    expect(result['swaps']).toEqual([
      { position: 1, id: a.id, client: 'ada', createdAt: time, expiresAt: time },
      { position: 2, id: c.id, client: 'token:bob:visitor', createdAt: time, expiresAt: time },
      { position: 3, id: b.id, client: 'ada', createdAt: time, expiresAt: time },
    ]);
    const { stdout } = await ops.run('queue', '--first', '1');
    expect(stdout).toMatch(/^3 waiting, 1 of 1 slots used, 0 unresolved\n/);
    expect(stdout).toMatch(new RegExp(`1 +${a.id} +ada +\\d+ s +15 min`));
    expect(stdout).toContain('… and 2 more');
    expectPrivate(JSON.stringify(result) + stdout);
  });

  test('pause holds on all instances and across a restart, until resume', async () => {
    const stub = await startStubModelsLab();
    stub.handle((call) => call.answer(200, answers.success(Number(call.body['track_id']))));
    const env: Record<string, string> = { ...stub.env, ...storeEnv(), ...admin };
    const first = await startGateway(env);
    const paused = await opsFor(first).run('pause', '--note', 'new plan');
    expect([paused.code, paused.stdout]).toEqual([
      0,
      expect.stringMatching(/^paused: OPERATOR, for \d+ s so far, until resumed: new plan\n$/),
    ]);
    const { id } = await requestSwap(first, { trackId: 1 }, ada);
    await first.gateway.close();
    const gateways = await startGateways(env['REDIS_URL'] ? 2 : 1, env);
    for (const gateway of gateways) {
      const { data } = await gateway.graphql(
        '{ gatewayStatus { pauseReason pausedUntil queued } }',
        {},
        ada.headers,
      );
      expect(data?.['gatewayStatus']).toEqual({ pauseReason: 'OPERATOR', pausedUntil: null, queued: 1 });
      expect((await opsFor(gateway).run('queue')).stdout).toContain('until resumed: new plan');
    }
    const last = gateways.at(-1);
    if (!last) throw new Error('no gateway');
    expect(stub.submissions()).toEqual([]);
    expect((await opsFor(last).run('resume')).stdout).toBe('resumed; it was paused: OPERATOR\n');
    expect((await watchToEnd(last, id, ada.headers)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await opsFor(last).run('resume')).stdout).toBe('the queue was not paused\n');
    expect(acts(first)).toEqual([
      ['queue.pause', 'started'],
      ['queue.pause', 'ok'],
    ]);
    expect(acts(last).slice(-4)).toEqual([
      ['queue.resume', 'started'],
      ['queue.resume', 'ok'],
      ['queue.resume', 'started'],
      ['queue.resume', 'ok'],
    ]);
  });

  test('pause --for ends by itself, and resume also ends a pause for lack of credits', async () => {
    const stub = await startStubModelsLab();
    const gateway = await startGateway({ ...stub.env, ...storeEnv(), ...admin, CREDITS_RETRY_MS: '600000' });
    const ops = opsFor(gateway);
    stub.handle((call) => call.answer(402, answers.error('Insufficient credits.')));
    expect((await ops.json('pause', '--for', '1s'))['pauses']).toMatchObject([
      { reason: 'OPERATOR', note: null },
    ]);
    const { id } = await requestSwap(gateway, { trackId: 1 }, ada);
    await stub.submission();
    await expect
      .poll(async () => (await ops.json('queue'))['pauses'])
      .toMatchObject([{ reason: 'ACCOUNT_CREDITS', until: expect.stringMatching(/Z$/) }]);
    stub.handle((call) => call.answer(200, answers.success(1)));
    expect(await ops.json('resume')).toEqual({ resumed: ['ACCOUNT_CREDITS'] });
    expect((await watchToEnd(gateway, id, ada.headers)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('show tells everything about a swap except its URLs, by either id', async () => {
    const stub = await startStubModelsLab();
    stub.handle((call) => call.answer(200, answers.processing(77)));
    const gateway = await startGateway({ ...stub.env, ...storeEnv(), ...admin });
    const ops = opsFor(gateway);
    const { id } = await requestSwap(gateway, secretImages, ada);
    await expect
      .poll(() => readSwap({ ...gateway, graphql: (q, v) => gateway.graphql(q, v, ada.headers) }, id))
      .toMatchObject({ modelsLabId: '77' });
    for (const either of [id, '77']) {
      const shown = await ops.run('show', either);
      expect(shown.stdout).toMatch(/^status +PROCESSING$/m);
      expect(shown.stdout).toMatch(/^client +ada$/m);
      expect(shown.stdout).toMatch(/^queueState +RUNNING$/m);
      expectPrivate(shown.stdout);
    }
    expect(await ops.json('show', '77')).toMatchObject({ id, modelsLabId: '77', error: null });
    for (const unknown of ['nobody', '../queue', '-x', `${id}?x=1`]) {
      const { code, stdout, stderr } = await ops.run('show', '--', unknown);
      expect([unknown, code, stdout]).toEqual([unknown, 1, '']);
      expect(stderr).toBe(`there is no swap ${unknown}\n`);
    }
  });

  test('requeue refuses what is waiting, running or finished, and never submits it again', async () => {
    const stub = await startStubModelsLab();
    const gateway = await startGateway({ ...stub.env, ...storeEnv(), ...admin, MODELSLAB_QUEUE_LIMIT: '1' });
    const ops = opsFor(gateway);
    const running = await requestSwap(gateway, { trackId: 1 }, ada);
    const call = await stub.submission();
    const waiting = await requestSwap(gateway, { trackId: 2 }, ada);
    const refused = async (id: string) => {
      const { code, stdout, stderr } = await ops.run('requeue', id);
      expect([code, stdout]).toEqual([1, '']);
      return stderr;
    };
    expect(await refused(running.id)).toBe('refused: id: the swap has a slot and is being submitted\n');
    expect(await refused(waiting.id)).toBe('refused: id: the swap is waiting already, at position 1\n');
    call.answer(200, answers.processing(1, 600));
    await expect.poll(() => ops.json('show', running.id)).toMatchObject({ status: 'PROCESSING' });
    expect(await refused(running.id)).toContain('could pay for it twice');
    expect(await stub.sendWebhook(answers.success(1))).toBe(200);
    await watchToEnd(gateway, running.id, ada.headers);
    expect(await refused(running.id)).toContain(
      'the swap is SUCCEEDED, and the outcome of a finished swap never changes',
    );
    expect(await refused('unknown')).toBe('there is no swap unknown\n');
    expect(stub.submissions().filter(({ body }) => body['track_id'] === 1)).toHaveLength(1);
    expect(
      acts(gateway)
        .filter(([act]) => act === 'swap.requeue')
        .slice(0, 2),
    ).toEqual([
      ['swap.requeue', 'started', running.id],
      ['swap.requeue', 'BAD_USER_INPUT', running.id],
    ]);
  });

  test('webhooks lists what waits, with the host only; redeliver sends a finished swap again', async () => {
    const stub = await startStubModelsLab();
    stub.handle((call) => call.answer(200, answers.success(Number(call.body['track_id']))));
    const receiver = await startReceiver();
    const gateway = await startGateway({
      ...stub.env,
      ...storeEnv(),
      ...admin,
      ALLOW_PRIVATE_WEBHOOKS: 'on',
    });
    const ops = opsFor(gateway);
    expect((await ops.run('webhooks')).stdout).toBe('0 waiting\n\n0 given up\n');
    receiver.state.status = 500;
    const { id } = await requestSwap(gateway, { trackId: 1, webhook: receiver.url }, { ...ada, wait: 20 });
    await expect
      .poll(async () => ops.json('webhooks'))
      .toMatchObject({
        waiting: 1,
        givenUp: 0,
        waitingWebhooks: [
          { swap: id, event: 'swap.finished', client: 'ada', host: receiver.host, attempts: 1 },
        ],
      });
    const listed = await ops.run('webhooks');
    expect(listed.stdout).toMatch(
      new RegExp(`^1 waiting\\n.*\\n${id} +swap.finished +ada +${receiver.host} +1 +\\d+ s`),
    );
    expect(listed.stdout).not.toContain('secret-path');
    receiver.state.status = 200;
    const again = await ops.run('redeliver', id);
    expect([again.code, again.stdout]).toEqual([0, `${id} is delivered again: swap.finished\n`]);
    await expect.poll(() => receiver.calls.length).toBe(2);
    expect(receiver.calls[1]).toMatchObject({ id, status: 'SUCCEEDED', webhookId: id });
    await expect.poll(async () => ops.json('webhooks')).toMatchObject({ waiting: 0 });
    // As often as the operator likes.
    await ops.run('redeliver', id);
    await expect.poll(() => receiver.calls.length).toBe(3);
    const without = await requestSwap(gateway, { trackId: 2 }, { ...ada, wait: 20 });
    expect(await ops.run('redeliver', without.id)).toMatchObject({
      code: 1,
      stderr: 'refused: id: this swap has no webhook\n',
    });
    expect(acts(gateway)).toContainEqual(['webhook.redeliver', 'ok', id]);
  });

  test('clients lists limits and open swaps, with those of client tokens, and no keys', async () => {
    const stub = await startStubModelsLab();
    const env = {
      ...stub.env,
      ...storeEnv(),
      ...admin,
      MODELSLAB_QUEUE_LIMIT: '1',
      MAX_WAITING_PER_CLIENT: '7',
    };
    const gateway = await startGateway({ ...env, SWAPS_PER_DAY: '50' });
    const ops = opsFor(gateway);
    await requestSwap(gateway, { trackId: 1 }, ada);
    await stub.submission();
    await requestSwap(gateway, { trackId: 2 }, ada);
    await requestSwap(gateway, { trackId: 3 }, bob);
    const token = { headers: withToken(await createToken(gateway, 'bob', 'visitor')) };
    await requestSwap(gateway, { trackId: 4 }, token);
    const rules = { maxWaiting: 7, swapsPerDay: 50, consentRequired: false, watermarkRequired: false };
    expect(await ops.json('clients')).toEqual({
      clients: [
        { client: 'ada', configured: true, keys: 1, queued: 1, inProgress: 1, ...rules },
        { client: 'bob', configured: true, keys: 1, queued: 2, inProgress: 0, ...rules },
      ],
    });
    expect((await ops.run('clients')).stdout).toMatch(
      /^CLIENT.*\nada +1 +1 +1 +7 +50 +– +–\nbob +1 +2 +0 +7 +50/,
    );
  });
});

test('requeue puts back what Redis has lost: what was never submitted waits, the rest is followed', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.processing(Number(call.body['track_id']), 600)));
  const env: Record<string, string> = {
    ...stub.env,
    ...sharedEnv(redis),
    ...admin,
    MODELSLAB_QUEUE_LIMIT: '1',
  };
  const gateway = await startGateway(env);
  const ops = opsFor(gateway);
  const submitted = await requestSwap(gateway, { trackId: 1 }, ada);
  const waiting = await requestSwap(gateway, { trackId: 2 }, ada);
  await expect.poll(() => ops.json('show', submitted.id)).toMatchObject({ status: 'PROCESSING' });
  const client = await createClient({ url: redis.url }).connect();
  onTestFinished(() => client.destroy());
  const prefix = env['REDIS_PREFIX'];
  for (const key of ['entries', 'line:ada', 'turns', 'expiry', 'running', 'leases'])
    await client.del(`${prefix}queue:${key}`);
  expect(await ops.json('show', waiting.id)).toMatchObject({ queueState: 'MISSING' });
  expect(await ops.json('show', submitted.id)).toMatchObject({ queueState: 'MISSING' });
  expect((await ops.run('requeue', submitted.id)).stdout).toBe(
    `${submitted.id} may be at ModelsLab: it is followed again, and not submitted\n`,
  );
  expect((await ops.run('requeue', waiting.id)).stdout).toMatch(new RegExp(`^${waiting.id} waits again`));
  await expect.poll(() => ops.json('show', submitted.id)).toMatchObject({ queueState: 'RUNNING' });
  expect(stub.submissions().filter(({ body }) => body['track_id'] === 1)).toHaveLength(1);
  expect(await stub.sendWebhook(answers.success(1))).toBe(200);
  await stub.submission(1);
  await expect.poll(() => stub.sendWebhook(answers.success(2), 1)).toBe(200);
  for (const { id } of [submitted, waiting])
    expect((await watchToEnd(gateway, id, ada.headers)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
  expect(stub.submissions()).toHaveLength(2);
});

describe('the command line', () => {
  const env = { ADMIN_URL: 'http://127.0.0.1:9', ADMIN_TOKEN };

  test.each([
    [],
    ['bogus'],
    ['constructor'],
    ['show'],
    ['show', 'a', 'b'],
    ['queue', 'extra'],
    ['queue', '--first', '0'],
    ['queue', '--first', 'x'],
    ['resume', '--for', '5m'],
    ['pause', '--for', '5'],
    ['pause', '--for', '0m'],
    ['pause', '--for', '9999d'],
    ['pause', '--for', 'soon'],
    ['queue', '--nope'],
    ['redeliver', ''],
  ])('%j %j %j is wrong: 2, with the usage', async (...args) => {
    const { code, stdout, stderr } = await run(env, ...args.filter((word) => word !== undefined));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('usage: npm run --silent ops -- ');
  });

  test.each([['--help'], ['-h'], ['queue', '--help'], ['pause', '-h']])(
    '%j prints the usage',
    async (...args) => {
      const { code, stdout, stderr } = await run(env, ...args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('usage: npm run --silent ops -- ');
    },
  );

  test('fails with 1 where nothing listens, without settings, and with a wrong token', async () => {
    const closed = { ...env, ADMIN_URL: `http://127.0.0.1:${await freePort()}` };
    expect(await run(closed, 'queue')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await run({}, 'queue')).toMatchObject({ code: 1, stderr: expect.stringContaining('ADMIN_PORT') });
    const gateway = await startGateway(admin);
    const ADMIN_URL = gateway.gateway.adminUrl ?? '';
    expect(await run({ ADMIN_URL, ADMIN_TOKEN: 'another-token-of-someone' }, 'queue')).toMatchObject({
      code: 1,
      stderr: 'the gateway refused ADMIN_TOKEN\n',
    });
    const noted = await run({ ADMIN_URL, ADMIN_TOKEN }, 'pause', '--note', 'x'.repeat(201));
    expect([noted.code, noted.stderr]).toEqual([1, expect.stringContaining('refused: note: ')]);
  });
});

test.each([
  [{ forMs: 0 }],
  [{ forMs: -1 }],
  [{ forMs: 1e12 }],
  [{ forMs: '5' }],
  [{ note: 5 }],
  [{ note: 'two\nlines' }],
  [{ until: 'tomorrow' }],
  [[]],
])('POST /queue/pause refuses %j, and pauses nothing', async (body) => {
  const gateway = await startGateway(admin);
  const response = await fetch(`${gateway.gateway.adminUrl}/queue/pause`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(400);
  expect(await opsFor(gateway).json('queue')).toMatchObject({ paused: false });
});

test('POST /queue/pause needs no body', async () => {
  const gateway = await startGateway(admin);
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${gateway.gateway.adminUrl}/queue/pause`, { method: 'POST', headers });
  expect(await response.json()).toEqual({
    pauses: [{ reason: 'OPERATOR', since: expect.stringMatching(/Z$/), until: null, note: null }],
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import type { AdminRoute } from '../../src/server/admin/admin-route.js';
import { createAdminServer } from '../../src/server/admin/admin-server.js';
import type { AuditEntry } from '../../src/swap/audit-log.js';
import { GatewayError } from '../../src/swap/errors.js';
import { captureLog } from '../../testing/capture-log.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { canary, expectPrivate, secretImages, secretUrl } from '../../testing/private-urls.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { unexpected } from '../../testing/unexpected.js';

const adminToken = 'a-token-for-operators';
const metricsToken = 'a-token-for-prometheus';
const operator = { authorization: `Bearer ${adminToken}` };
const admin = {
  ADMIN_PORT: '0',
  ADMIN_TOKEN: adminToken,
  METRICS_TOKEN: metricsToken,
  GATEWAY_API_KEYS: keysFor('ada'),
};

const adminUrl = ({ gateway }: TestGateway): string => {
  if (gateway.adminUrl === undefined) throw new Error('there is no administration');
  return gateway.adminUrl;
};
const audited = ({ logs }: TestGateway, event: string) =>
  logs.lines().filter((line) => line['event'] === event);

const strangers: [string, Record<string, string>][] = [
  ['nobody', {}],
  ['a wrong token', { authorization: `Bearer ${adminToken}x` }],
  ['an empty token', { authorization: 'Bearer ' }],
  ['another scheme', { authorization: `Basic ${adminToken}` }],
  ['a client', bearer('ada')],
  ['Prometheus', { authorization: `Bearer ${metricsToken}` }],
  ['the token in a cookie', { cookie: `token=${adminToken}` }],
];
const paths = [
  '/queue',
  '/swaps/1',
  `/swaps/${'a'.repeat(5000)}`,
  '/',
  '/graphql',
  '/metrics',
  '/livez',
  `/queue?token=${adminToken}`,
];

describe.each(strangers)('the administration refuses %s', (_who, headers) => {
  test.each(paths)('at %s, whatever the method', async (path) => {
    const gateway = await startGateway(admin);
    const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' };
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'preflight']) {
      const response = await fetch(adminUrl(gateway) + path, {
        method: method === 'preflight' ? 'OPTIONS' : method,
        headers: { ...headers, ...(method === 'preflight' && preflight) },
      });
      expect([method, response.status]).toEqual([method, 401]);
      expect(response.headers.get('allow')).toBeNull();
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
    await gateway.gateway.close();
    expect(audited(gateway, 'admin.act')).toEqual([]);
    expect(audited(gateway, 'login.refused')).toMatchObject([
      { service: 'admin', reason: 'UNAUTHENTICATED', address: '127.0.0.1' },
      { service: 'admin', suppressed: 6 },
    ]);
  });
});

test.each(paths)('the public port has no administration, not even with its token: %s', async (path) => {
  const gateway = await startGateway(admin);
  const response = await fetch(gateway.url + path.replace(/^\/$/, '/admin'), { headers: operator });
  const known = ['/graphql', '/metrics', '/livez', '/swaps/'].find((own) => path.startsWith(own));
  // Those are its own routes, which ADMIN_TOKEN does not open. The last one is a page of the Studio, the same for any id.
  const statuses: Record<string, number> = {
    '/graphql': 401,
    '/metrics': 401,
    '/livez': 200,
    '/swaps/': 200,
  };
  if (known === '/swaps/') expect(await response.text()).toMatch(/^<!doctype html>/i);
  expect(response.status).toBe(known ? statuses[known] : 404);
  await gateway.gateway.close();
  expect(audited(gateway, 'admin.act')).toEqual([]);
});

test('guessing is limited per address, and the right token still works', async () => {
  const gateway = await startGateway(admin);
  const statuses = [];
  for (let n = 0; n < 30; n++)
    statuses.push((await fetch(`${adminUrl(gateway)}/queue`, { headers: bearer(String(n)) })).status);
  expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
  expect(statuses).toContain(429);
  expect((await fetch(`${adminUrl(gateway)}/queue`, { headers: operator })).status).toBe(200);
});

test('without ADMIN_PORT nothing listens, even if there is a token', async () => {
  const gateway = await startGateway({ ADMIN_TOKEN: adminToken });
  expect(gateway.gateway.adminUrl).toBeUndefined();
  expect(gateway.logs.text()).not.toContain('administration');
});

test('it listens on loopback, unless ADMIN_HOST says otherwise', async () => {
  const gateway = await startGateway({ ...admin, HOST: '0.0.0.0' });
  expect(adminUrl(gateway)).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const other = await startGateway({ ...admin, ADMIN_HOST: '127.0.0.2' });
  expect(adminUrl(other)).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
  expect((await fetch(`${adminUrl(other)}/queue`, { headers: operator })).status).toBe(200);
});

test.each([
  [{ ADMIN_PORT: '4001' }, 'ADMIN_TOKEN: is required with ADMIN_PORT'],
  [
    { ADMIN_PORT: '4001', ADMIN_TOKEN: 'short' },
    'ADMIN_TOKEN: must have at least 16 characters and no spaces',
  ],
  [
    { ADMIN_PORT: '4000', ADMIN_TOKEN: adminToken },
    'ADMIN_PORT: must differ from PORT, which the public can reach',
  ],
  [{ ADMIN_PORT: '70000', ADMIN_TOKEN: adminToken }, 'ADMIN_PORT: must be between 0 and 65535'],
  [
    { ADMIN_PORT: '4001', ADMIN_TOKEN: adminToken, METRICS_TOKEN: adminToken },
    'ADMIN_TOKEN: must differ from METRICS_TOKEN, which only reads',
  ],
])('%j is refused', (env, problem) => {
  expect(() => readConfig(env)).toThrow(problem);
});

test('a port that is taken ends the start with a message that names the variable', async () => {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  await expect(startGateway({ ...admin, ADMIN_PORT: String(port) })).rejects.toThrow(
    `ADMIN_PORT, ADMIN_HOST: cannot listen on port ${port} of 127.0.0.1: EADDRINUSE`,
  );
});

test('evidence of consent is read a page at a time', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway({ ...stub.env, ...admin });
  const { id } = await requestSwap(
    gateway,
    { consent: true, consentStatement: 'terms 2026-11' },
    { headers: bearer('ada') },
  );
  const page = await read(gateway, '/consents');
  expect(page.body).toMatchObject({
    consents: [{ swapId: id, client: 'ada', statement: 'terms 2026-11', at: expect.stringMatching(/Z$/) }],
    next: null,
  });
  const wrong = await fetch(`${adminUrl(gateway)}/consents?after=x`, { headers: operator });
  expect(wrong.status).toBe(400);
});

async function read(gateway: TestGateway, path: string) {
  const response = await fetch(adminUrl(gateway) + path, {
    headers: { ...operator, 'x-request-id': 'asked' },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('GET /queue tells what waits, what runs, and whether the queue is paused', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway({ ...stub.env, ...admin, MODELSLAB_QUEUE_LIMIT: '1' });
  const headers = { headers: bearer('ada') };
  await requestSwap(gateway, { idempotencyKey: '1' }, headers);
  await requestSwap(gateway, { idempotencyKey: '2' }, headers);
  const call = await stub.submission();
  const idle = { slots: 1, unresolved: 0, paused: false, pausedMs: 0, pauses: [], upstreamAvailable: true };
  expect((await read(gateway, '/queue')).body).toEqual({ ...idle, waiting: 1, running: 1 });
  call.answerRaw(429, { 'retry-after': '30' }, JSON.stringify(answers.error('rate limit')));
  await expect.poll(async () => (await read(gateway, '/queue')).body['paused']).toBe(true);
  const { body } = await read(gateway, '/queue');
  expect(body).toMatchObject({ slots: 1, waiting: 2, running: 0 });
  expect(body['pausedMs']).toBeGreaterThan(1000);
  expect(body['pauses']).toEqual([
    { reason: 'UPSTREAM_BUSY', since: null, until: expect.stringMatching(/Z$/), note: null },
  ]);
});

test('GET /swaps/{id} tells the state of any client’s swap by either id, without URLs, and is recorded', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) =>
    call.answer(
      200,
      call.path.includes('fetch')
        ? { ...answers.success(77), output: [secretUrl.result] }
        : answers.processing(77),
    ),
  );
  const gateway = await startGateway({ ...stub.env, ...admin, POLL_INTERVAL_MS: '10' });
  const input = { ...secretImages, webhook: secretUrl.webhook, trackId: 5 };
  const { id } = await requestSwap(gateway, input, { headers: bearer('ada'), wait: 10 });
  const { status, body } = await read(gateway, `/swaps/${id}`);
  expect(status).toBe(200);
  const time = expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:.]+Z$/);
  expect(body).toEqual({
    id,
    client: 'ada',
    status: 'SUCCEEDED',
    modelsLabId: '77',
    trackId: 5,
    hasWebhook: true,
    createdAt: time,
    updatedAt: time,
    submittedAt: null,
    completedAt: time,
    expiresAt: time,
    pictures: 1,
    generationTime: 2.5,
    error: null,
    lateUntil: null,
    lateResultAt: null,
    recoveredFrom: null,
    queuePosition: null,
    queueState: null,
  });
  expect((await read(gateway, '/swaps/77')).body).toEqual(body);
  for (const wrong of ['none', encodeURIComponent(secretUrl.init), `${id}%00`, '..%2fqueue', 'a'.repeat(200)])
    expect((await read(gateway, `/swaps/${wrong}`)).status).toBe(404);
  expectPrivate(JSON.stringify(body));
  await gateway.gateway.close();
  expectPrivate(gateway.logs.text());
  const acts = audited(gateway, 'admin.act');
  expect(acts.slice(0, 3)).toMatchObject([
    { act: 'swap.read', swap: id, outcome: 'ok', requestId: 'asked', address: '127.0.0.1' },
    { act: 'swap.read', swap: '77', outcome: 'ok' },
    { act: 'swap.read', swap: 'none', outcome: 'NOT_FOUND' },
  ]);
});

test('a failed swap is shown with its error, without what ModelsLab quoted', async () => {
  const stub = await startStubModelsLab();
  stub.handle((call) =>
    call.answer(200, answers.error(`Invalid image, failed to load ${secretUrl.init} /${canary}/x.jpg`)),
  );
  const gateway = await startGateway({ ...stub.env, ...admin });
  const { id } = await requestSwap(gateway, secretImages, { headers: bearer('ada'), wait: 10 });
  const { body } = await read(gateway, `/swaps/${id}`);
  expect(body).toMatchObject({
    status: 'FAILED',
    error: { code: expect.any(String), retryable: false },
    pictures: 0,
  });
  expectPrivate(JSON.stringify(body));
});

describe('a route', () => {
  async function start(route: Partial<AdminRoute>) {
    const entries: AuditEntry[] = [];
    const logs = captureLog();
    const server = await createAdminServer({
      token: adminToken,
      routes: [{ method: 'POST', path: '/acts/:name', act: 'test.act', run: async () => ({}), ...route }],
      audit: (entry) => void entries.push(entry),
      log: logs.log,
      report: unexpected,
    });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    const post = (path: string, body?: unknown) =>
      fetch(url + path, {
        method: 'POST',
        headers: { ...operator, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    return { entries, logs, post, url };
  }
  const outcomes = (entries: AuditEntry[]) =>
    entries.map((entry) => (entry.event === 'admin.act' ? entry.outcome : entry.event));

  test('gets parameters, query and body, and is recorded before and after it changes something', async () => {
    const { entries, post } = await start({
      subject: ({ params }) => ({ client: params['name'] ?? '' }),
      run: async (request) => ({ ...request }),
    });
    const response = await post('/acts/ada?dry=on', { reason: 'asked' });
    expect(await response.json()).toEqual({
      params: { name: 'ada' },
      query: { dry: 'on' },
      body: { reason: 'asked' },
    });
    expect(outcomes(entries)).toEqual(['started', 'ok']);
    expect(entries).toMatchObject([
      { act: 'test.act', client: 'ada' },
      { act: 'test.act', client: 'ada' },
    ]);
    expect((await post('/acts/ada')).status).toBe(200);
  });

  test('is recorded with the code of its error, which the operator gets', async () => {
    const { entries, post } = await start({
      async run() {
        throw new GatewayError('UNAVAILABLE', 'Not now.', { retryAfter: 1 });
      },
    });
    const response = await post('/acts/ada');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ message: 'Not now.' }] });
    expect(outcomes(entries)).toEqual(['started', 'UNAVAILABLE']);
  });

  test('that fails unexpectedly is masked, logged and recorded', async () => {
    const { entries, logs, post } = await start({
      async run() {
        throw new Error(`cannot read ${secretUrl.init}`);
      },
    });
    const response = await post('/acts/ada');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('cannot read');
    expect(outcomes(entries)).toEqual(['started', 'INTERNAL_SERVER_ERROR']);
    expect(logs.text()).toContain('cannot read');
    expectPrivate(logs.text());
  });

  test('is not run for a body that is no JSON', async () => {
    const { entries, url } = await start({});
    const response = await fetch(`${url}/acts/ada`, {
      method: 'POST',
      headers: { ...operator, 'content-type': 'application/json' },
      body: '{',
    });
    expect(response.status).toBe(400);
    expect(entries).toEqual([]);
  });
});

test('an open connection to the administration does not delay a shutdown', async () => {
  const gateway = await startGateway(admin);
  const socket = connect(Number(new URL(adminUrl(gateway)).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  await read(gateway, '/queue');
  const startedAt = performance.now();
  await gateway.gateway.close();
  expect(performance.now() - startedAt).toBeLessThan(8000);
});

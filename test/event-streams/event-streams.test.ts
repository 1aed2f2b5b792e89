import { expect, test } from 'vitest';
import { createToken, withToken } from '../../testing/client-tokens.js';
import { openEventStream, readEvents } from '../../testing/event-stream.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { readMetrics } from '../../testing/metrics.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap, swapSubscription, watchToEnd } from '../../testing/swap-client.js';
import { startTokenIssuer } from '../../testing/token-issuer.js';

const query = 'subscription ($id: ID!) { swapUpdated(id: $id) { id status output } }';

async function start(env: Record<string, string> = {}, overrides = {}) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway({ ...upstream.env, ...env }, overrides);
  return { upstream, gateway };
}

test('a stream has the current state, each change and the end, and is then complete', async () => {
  const { upstream, gateway } = await start();
  const { id } = await requestSwap(gateway);
  const stream = await openEventStream(gateway.url, { query, variables: { id } });
  const { status, headers } = stream.response;
  expect(status).toBe(200);
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.any(String),
  });
  await expect.poll(() => upstream.sendWebhook(answers.success(1))).toBe(200);
  const events = await readEvents(stream);
  const states = events.map(({ event, data }) => [event, data?.data?.['swapUpdated']]);
  expect(states.at(-1)).toEqual(['complete', undefined]);
  expect(states.at(-2)).toEqual(['next', { id, status: 'SUCCEEDED', output: [expect.any(String)] }]);
  expect(states[0]).toEqual(['next', { id, status: expect.stringMatching(/QUEUED|PROCESSING/), output: [] }]);
});

test('the last event is the one of WebSocket', async () => {
  const { upstream, gateway } = await start();
  const { id } = await requestSwap(gateway);
  await expect.poll(() => upstream.sendWebhook(answers.success(1))).toBe(200);
  const end = (await watchToEnd(gateway, id)).at(-1);
  const events = await readEvents(
    await openEventStream(gateway.url, { query: swapSubscription, variables: { id } }),
  );
  expect(events.at(-2)).toEqual({ event: 'next', data: { data: { swapUpdated: end } } });
});

test.each<[string, object, string]>([
  ['a query', { query: '{ __typename }' }, 'BAD_REQUEST'],
  ['a mutation', { query: 'mutation { cancelSwap(id: "x") { id } }' }, 'BAD_REQUEST'],
  ['a syntax error', { query: 'subscription {' }, 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', { query: 'subscription { nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
  ['no document', {}, 'BAD_REQUEST'],
  ['a document that is no text', { query: 5 }, 'BAD_REQUEST'],
  ['a missing variable', { query }, 'BAD_USER_INPUT'],
  ['a swap that does not exist', { query, variables: { id: 'none' } }, 'NOT_FOUND'],
  ['another operation name', { query, operationName: 'Other' }, 'OPERATION_RESOLUTION_FAILURE'],
])('%s ends the stream with an event that has the error', async (_what, body, code) => {
  const { gateway } = await start();
  const stream = await openEventStream(gateway.url, body);
  expect(stream.response.status).toBe(200);
  const events = await readEvents(stream);
  expect(events).toEqual([
    { event: 'next', data: expect.objectContaining({ errors: [expect.anything()] }) },
    { event: 'complete', data: undefined },
  ]);
  expect(events[0]?.data?.errors?.[0]?.extensions?.code).toBe(code);
});

test.each([
  ['an array', '[]'],
  ['text', '"subscription"'],
  ['variables that are an array', '{"query":"{ __typename }","variables":[]}'],
  ['no JSON', '{'],
])('a body that is %s is rejected with 400', async (_what, body) => {
  const { gateway } = await start();
  const { response } = await openEventStream(gateway.url, body);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    400,
    'application/json; charset=utf-8',
  ]);
});

test.each([
  'application/json, text/event-stream',
  'application/graphql-response+json, application/json, text/event-stream, multipart/mixed',
  'text/event-stream;q=0, application/json',
  'text/event-stream; q=0.5, application/json',
  'application/json;q=0.9, text/event-stream;q=0.8',
  '*/*',
  '*/*, text/event-stream;q=0.1',
])('clients that prefer JSON get JSON: %s', async (accept) => {
  const { gateway } = await start();
  const { response } = await openEventStream(gateway.url, { query: '{ __typename }' }, { accept });
  expect(response.headers.get('content-type')).toContain('json');
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
});

test.each([
  'text/event-stream',
  'text/event-stream, multipart/mixed',
  'Text/Event-Stream;q=1',
  'text/event-stream, application/json',
  'text/event-stream;charset=utf-8',
  'application/json;q=0.5, text/event-stream',
  'application/json;q=0.1, */*;q=0.1, text/event-stream;q=0.9',
])('clients that prefer events get events: %s', async (accept) => {
  const { gateway } = await start();
  const { response } = await openEventStream(gateway.url, { query: '{ __typename }' }, { accept });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
});

test('without a valid key no stream is opened', async () => {
  const { gateway } = await start({ GATEWAY_API_KEYS: keysFor('ada') });
  for (const headers of [{}, bearer('eve')] as Record<string, string>[]) {
    const { response } = await openEventStream(gateway.url, { query }, headers);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  }
});

test("another client's swap does not exist", async () => {
  const { gateway } = await start({ GATEWAY_API_KEYS: keysFor('ada', 'bob') });
  const { id } = await requestSwap(gateway, {}, { headers: bearer('ada') });
  const stream = await openEventStream(gateway.url, { query, variables: { id } }, bearer('bob'));
  const [event] = await readEvents(stream);
  expect(event?.data?.errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
});

test('streams and sockets share the limit of a client, and a closed one makes room', async () => {
  const { gateway } = await start({ GATEWAY_API_KEYS: keysFor('ada'), MAX_SOCKETS_PER_CLIENT: '2' });
  const { id } = await requestSwap(gateway, {}, { headers: bearer('ada') });
  const open = () => openEventStream(gateway.url, { query, variables: { id } }, bearer('ada'));
  const first = await open();
  const second = await open();
  const third = await open();
  expect([third.response.status, third.response.headers.get('retry-after')]).toEqual([429, '5']);
  const socket = gateway.subscribe(query, { id }, { authorization: 'Bearer ada-key' });
  await expect(socket.next()).rejects.toMatchObject({ code: 1013 });
  first.abort();
  await first.events.next().catch(() => undefined);
  await expect.poll(async () => (await open()).response.status).toBe(200);
  second.abort();
});

test('streams count on the limit of their address, with 429 and Retry-After', async () => {
  const { gateway } = await start({ MAX_SOCKETS_PER_ADDRESS: '1' });
  const { id } = await requestSwap(gateway);
  const first = await openEventStream(gateway.url, { query, variables: { id } });
  const second = await openEventStream(gateway.url, { query, variables: { id } });
  expect(second.response.status).toBe(429);
  expect((await readMetrics(gateway)).value('sockets')).toBe(1);
  first.abort();
});

test('the subscriptions of a client are limited over both transports', async () => {
  const { gateway } = await start({ MAX_SUBSCRIPTIONS_PER_CLIENT: '1' });
  const { id } = await requestSwap(gateway);
  const first = await openEventStream(gateway.url, { query, variables: { id } });
  await first.events.next();
  const second = await openEventStream(gateway.url, { query, variables: { id } });
  const [refusal] = await readEvents(second);
  expect(refusal?.data?.errors?.[0]?.extensions?.code).toBe('RATE_LIMITED');
  expect((await readMetrics(gateway)).value('subscriptions')).toBe(1);
  first.abort();
  await expect.poll(async () => (await readMetrics(gateway)).value('subscriptions')).toBe(0);
});

test('a silent stream is kept open by comments', async () => {
  const { gateway } = await start({}, { transport: { times: { pingIntervalMs: 50, checkIntervalMs: 20 } } });
  const { id } = await requestSwap(gateway);
  const stream = await openEventStream(gateway.url, { query, variables: { id } });
  const reading = readEvents(stream).catch(() => undefined);
  await expect
    .poll(
      () =>
        stream
          .text()
          .split('\n\n')
          .filter((part) => part === ':').length,
    )
    .toBeGreaterThan(2);
  stream.abort();
  await reading;
});

test('a stream ends when its token expires', async () => {
  const { gateway } = await start(
    { GATEWAY_API_KEYS: keysFor('ada') },
    { transport: { times: { checkIntervalMs: 20 } } },
  );
  const token = withToken(await createToken(gateway, 'ada', 'visitor', { ttlSeconds: 1 }));
  const { id } = await requestSwap(gateway, {}, { headers: token });
  const stream = await openEventStream(gateway.url, { query, variables: { id } }, token);
  const events = await readEvents(stream);
  expect(events.some(({ event }) => event === 'complete')).toBe(false);
  expect((await openEventStream(gateway.url, { query }, token)).response.status).toBe(401);
});

test('shutting down ends streams at once, without completing them', async () => {
  const { gateway } = await start();
  const { id } = await requestSwap(gateway);
  const stream = await openEventStream(gateway.url, { query, variables: { id } });
  const reading = readEvents(stream);
  await gateway.gateway.close();
  expect((await reading).some(({ event }) => event === 'complete')).toBe(false);
});

test('a stream that is still being authenticated when the gateway shuts down is not opened', async () => {
  const issuer = await startTokenIssuer();
  const letKeysPass = issuer.hold();
  const { gateway } = await start(issuer.env);
  const headers = { authorization: `Bearer ${await issuer.token()}` };
  const opening = openEventStream(gateway.url, { query: '{ __typename }' }, headers);
  await expect.poll(issuer.fetches).toBe(1);
  const closing = gateway.gateway.close();
  letKeysPass();
  const { response } = await opening;
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  await closing;
});

test('a page of another origin gets no stream', async () => {
  const { gateway } = await start();
  const { id } = await requestSwap(gateway);
  const { response } = await openEventStream(
    gateway.url,
    { query, variables: { id } },
    { origin: 'https://evil.example' },
  );
  expect(response.status).toBe(403);
});

test('an allowed page may read the stream', async () => {
  const origin = 'https://app.example.com';
  const { gateway } = await start({ ALLOWED_ORIGINS: origin });
  const { id } = await requestSwap(gateway);
  const stream = await openEventStream(gateway.url, { query, variables: { id } }, { origin });
  expect(stream.response.headers.get('access-control-allow-origin')).toBe(origin);
  stream.abort();
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRateLimiter } from '../../src/lib/rate-limiter.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { readMetrics } from '../../testing/metrics.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, requestSwap, swapMutation, swapQuery, swapSubscription } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const metricsToken = 'token-for-metrics';

test('a client may send a burst, then its rate, and every client has its own', () => {
  let now = 0;
  const limiter = createRateLimiter({ perSecond: 10, burst: 3 }, 100, () => now);
  const taken = (): number[] => [
    limiter.take('ada'),
    limiter.take('ada'),
    limiter.take('ada'),
    limiter.take('ada'),
  ];
  expect(taken()).toEqual([0, 0, 0, 100]);
  expect(limiter.peek('bob')).toBe(0);
  now = 150;
  expect(taken()).toEqual([0, 50, 50, 50]);
  now = 1_000_000;
  expect(taken()).toEqual([0, 0, 0, 100]);
});

test('a limiter tracks a bounded number of keys', () => {
  const limiter = createRateLimiter({ perSecond: 1, burst: 1 }, 1000, () => 0);
  for (let key = 0; key < 100_000; key++) limiter.take(String(key));
  expect(limiter.size()).toBe(1000);
  expect(limiter.peek('99999')).toBeGreaterThan(0);
});

test('a client above its rate gets 429 with the time to wait, or RATE_LIMITED on a socket, and others are served', async () => {
  const { graphql, url } = await startGateway({ GATEWAY_API_KEYS: keysFor('ada', 'bob'), RATE_LIMIT: '1' });
  const socket = await openSocket(url);
  await socket.init(bearer('ada'));
  const ask = (client: string) => graphql(swapQuery, { id: '1' }, bearer(client));
  for (let request = 0; request < 3; request++) expect((await ask('ada')).status).toBe(200);
  const { status, headers, errors } = await ask('ada');
  expect(status).toBe(429);
  expect(headers.get('retry-after')).toBe('1');
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 1 } }]);
  socket.subscribe('1', swapSubscription, { id: '1' });
  expect(await socket.next()).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 1 } }],
  });
  const another = await openSocket(url);
  another.send({ type: 'connection_init', payload: bearer('ada') });
  expect(await another.closed).toBe(1013);
  expect((await ask('bob')).status).toBe(200);
});

test('an address with only failed logins is rate limited, while a valid key still works from there', async () => {
  const { graphql } = await startGateway({ GATEWAY_API_KEYS: keysFor('ada') });
  const statuses = new Set<number>();
  for (let attempt = 0; attempt < 110; attempt++)
    statuses.add((await graphql(swapQuery, { id: '1' }, bearer(`guess-${attempt}`))).status);
  expect([...statuses]).toEqual([401, 429]);
  expect((await graphql(swapQuery, { id: '1' }, bearer('ada'))).status).toBe(200);
});

test('an address that guesses webhook tokens is rate limited, while a valid token still works', async () => {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(1)));
  const gateway = await startGateway(stub.env);
  await requestSwap(gateway);
  await stub.submission();
  const bodies = new Map<number, string>();
  for (let guess = 0; guess < 110; guess++) {
    // Guessed provider names count like guessed tokens.
    const path = guess % 2 === 0 ? 'modelslab/' : 'other/';
    const response = await fetch(`${gateway.url}/webhooks/${path}${guess}`, { method: 'POST' });
    bodies.set(response.status, await response.text());
  }
  expect([...bodies.keys()]).toEqual([404, 429]);
  expect(bodies.get(404)).toBe(await (await fetch(`${gateway.url}/nowhere`)).text());
  expect(await stub.sendWebhook(answers.success(1))).toBe(200);
});

test("a client's swaps per day are limited, and repeating a request is free", async () => {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(Math.floor(Math.random() * 1e9))));
  const clock = createManualClock();
  const env = {
    ...stub.env,
    GATEWAY_API_KEYS: keysFor('ada', 'bob'),
    SWAPS_PER_DAY: '3',
    METRICS_TOKEN: metricsToken,
  };
  const first = await startGateway(env, { clock });
  const input = (idempotencyKey: string) => ({ ...images, idempotencyKey });
  const request = (gateway: typeof first, key: string, client = 'ada') =>
    gateway.graphql(swapMutation, { input: input(key) }, bearer(client));

  const together = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => request(first, key)));
  expect(together.filter(({ errors }) => !errors)).toHaveLength(3);
  const accepted = 'abcdef'[together.findIndex(({ errors }) => !errors)] ?? '';
  await clock.advance(3_600_000);
  const { errors } = await request(first, 'g');
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 23 * 3600 } }]);
  const metrics = await readMetrics(first, { authorization: `Bearer ${metricsToken}` });
  expect(metrics.value('swaps_refused_total', { code: 'RATE_LIMITED' })).toBe(4);
  expect((await request(first, accepted)).errors).toBeUndefined();
  expect((await request(first, 'g', 'bob')).errors).toBeUndefined();
  await clock.advance(23 * 3_600_000);
  expect((await request(first, 'g')).errors).toBeUndefined();
});

test('a lagging process sheds queries first, mutations later, webhooks last, with Retry-After', async () => {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.processing(1)));
  let delayMs = 0;
  const gateway = await startGateway(
    { ...stub.env, MAX_EVENT_LOOP_DELAY_MS: '100' },
    { transport: { load: { delayMs: () => delayMs } } },
  );
  await requestSwap(gateway);
  await stub.submission();
  const statuses = async (): Promise<number[]> => [
    (await gateway.graphql(swapQuery, { id: '1' })).status,
    (await gateway.graphql(swapMutation, { input: images })).status,
    await stub.sendWebhook(answers.processing(1)),
  ];
  expect(await statuses()).toEqual([200, 200, 200]);
  delayMs = 150;
  expect(await statuses()).toEqual([503, 200, 200]);
  delayMs = 250;
  expect(await statuses()).toEqual([503, 503, 200]);
  delayMs = 1001;
  expect(await statuses()).toEqual([503, 503, 503]);
  const { headers, errors } = await gateway.graphql(swapQuery, { id: '1' });
  expect(headers.get('retry-after')).toBe('1');
  expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', retryAfter: 1 } }]);
});

const naming = (text: string): string => JSON.stringify({ query: text });

test.each([
  ['a comment', naming('# mutation\n{ gatewayStatus { version } }'), 503],
  ['a string', naming('{ swapResult(id: "mutation") { id } }'), 503],
  ['an alias', naming('{ mutation: gatewayStatus { version } }'), 503],
  ['the name of the operation', naming('query mutation { gatewayStatus { version } }'), 503],
  [
    'the name of a fragment',
    naming('fragment mutation on Swap { id } { swapResult(id: "1") { ...mutation } }'),
    503,
  ],
  [
    'operationName',
    JSON.stringify({ query: 'query mutation { gatewayStatus { version } }', operationName: 'mutation' }),
    503,
  ],
  ['a document that does not parse', naming('{ mutation'), 503],
  ['a batch', `[${naming('mutation { cancelSwap(id: "1") { id } }')}]`, 503],
  ['a mutation', naming('mutation { cancelSwap(id: "1") { id } }'), 200],
  ['a mutation after a comment', naming('# query { a }\n\nmutation { cancelSwap(id: "1") { id } }'), 200],
  [
    'a mutation after a fragment',
    naming('fragment F on Swap { id } mutation { cancelSwap(id: "1") { ...F } }'),
    200,
  ],
  ['a mutation named query', naming('mutation query { cancelSwap(id: "1") { id } }'), 200],
])('under load %s is classified correctly, even if it was cached', async (_name, body, status) => {
  let delayMs = 0;
  const gateway = await startGateway(
    { MAX_EVENT_LOOP_DELAY_MS: '100', ...(await startStubModelsLab()).env },
    { transport: { load: { delayMs: () => delayMs } } },
  );
  const post = async (): Promise<number> =>
    (
      await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).status;
  for (const known of [false, true]) {
    delayMs = 150;
    expect(await post()).toBe(status);
    delayMs = 0;
    if (!known) for (let n = 0; n < 5; n += 1) await post();
  }
});

test('under load a mutation sent as a GET query is shed, and one by its hash is not', async () => {
  const folder = temporaryFolder();
  const manifest = join(folder, 'manifest.json');
  writeFileSync(
    manifest,
    JSON.stringify({ abc: 'mutation { cancelSwap(id: "1") { id } }', def: '{ gatewayStatus { version } }' }),
  );
  const gateway = await startGateway(
    { MAX_EVENT_LOOP_DELAY_MS: '100', TRUSTED_DOCUMENTS: manifest },
    { transport: { load: { delayMs: () => 150 } } },
  );
  const post = async (body: object): Promise<number> =>
    (
      await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).status;
  expect(await post({ documentId: 'abc' })).toBe(200);
  expect(await post({ documentId: 'def' })).toBe(503);
  expect(await post({ documentId: 'mutation' })).toBe(503);
  const byGet = await fetch(`${gateway.url}/graphql?query=mutation%7BcancelSwap(id:1)%7Bid%7D%7D`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  expect(byGet.status).toBe(503);
});

import { describe, expect, test } from 'vitest';
import { createGraphqlClient } from '../../testing/graphql-client.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { startTransport } from '../../testing/start-transport.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { patienceMs } from '../../testing/timeouts.js';

const query = 'query ($id: ID!, $wait: Int) { swapResult(id: $id, wait: $wait) { id status output } }';
const redis = redisForTests();

const poll = async ({ graphql }: Pick<TestGateway, 'graphql'>, id: string, wait?: number) => {
  const { data, errors } = await graphql(query, { id, wait });
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['swapResult'] as { id: string; status: string } | null;
};

/** Sends a long poll; `left` closes its connection. */
function hold({ url }: TestGateway, id: string, operation = query) {
  const leaving = new AbortController();
  const response = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: operation, variables: { id, wait: 60 } }),
    signal: leaving.signal,
  });
  response.catch(() => undefined);
  const body = response.then((held) => held.json() as Promise<{ data: unknown }>);
  body.catch(() => undefined);
  return { body, leave: () => leaving.abort() };
}

/** A swap at ModelsLab that finishes when the test says so. */
async function startSwap(env: Record<string, string> = {}) {
  const stub = await startStubModelsLab();
  stub.handle((call) => call.answer(200, answers.processing(7, 600)));
  const gateway = await startGateway({ ...stub.env, POLL_INTERVAL_MS: '60000', ...env });
  const { id } = await requestSwap(gateway);
  await stub.submission();
  await expect.poll(() => poll(gateway, '7')).not.toBeNull();
  return { gateway, id, finish: () => stub.sendWebhook(answers.success(7)) };
}

describe.each([
  ['the embedded store', () => ({})],
  ['Redis', () => sharedEnv(redis)],
] as [string, () => Record<string, string>][])('with %s', (_name, env) => {
  test('a query with a wait returns when the swap finishes, by either id', async () => {
    const { gateway, id, finish } = await startSwap(env());
    const held = [hold(gateway, id), hold(gateway, '7')].map(({ body }) => body);
    expect(await poll(gateway, id)).toMatchObject({ status: 'PROCESSING' });
    await finish();
    for (const { data } of await Promise.all(held))
      expect(data).toMatchObject({ swapResult: { id, status: 'SUCCEEDED' } });
    expect(await poll(gateway, id, 60)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('returns the swap as it is when the time is up', async () => {
  const { gateway, id } = await startSwap();
  const since = performance.now();
  expect(await poll(gateway, id, 1)).toMatchObject({ status: 'PROCESSING' });
  expect(performance.now() - since).toBeGreaterThan(990);
});

test('returns null at once for an id that no swap of the client has', async () => {
  const { gateway } = await startSwap();
  const since = performance.now();
  expect(await poll(gateway, 'unknown', 60)).toBeNull();
  expect(performance.now() - since).toBeLessThan(patienceMs);
});

test.each([-1, 61, 2_147_483_647])('rejects a wait of %d seconds and names the argument', async (wait) => {
  const gateway = await startGateway();
  const { errors } = await gateway.graphql(query, { id: 'unknown', wait });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'wait', message: 'must be between 0 and 60 seconds' }],
  });
});

const heldMutation = `mutation ($wait: Int) { singleFaceSwap(wait: $wait, input: {
  initImage: "https://images.example.com/init.jpg", targetImage: "https://images.example.com/target.jpg",
  referenceImage: "https://images.example.com/reference.jpg" }) { id status } }`;

test.each([
  ['query', query],
  ['mutation', heldMutation],
])('a %s is held only while its client is connected, and only so many per client', async (_kind, text) => {
  const { gateway, id, finish } = await startSwap({ MAX_SUBSCRIPTIONS_PER_CLIENT: '1' });
  const timePoll = async () => {
    const since = performance.now();
    await poll(gateway, id, 1);
    return performance.now() - since;
  };
  // Of two, one is beyond the limit: it is not held, and gets the swap as it is.
  const holds = [hold(gateway, id, text), hold(gateway, id, text)];
  const refused = await Promise.race(holds.map(({ body }, n) => body.then(() => n)));
  expect(await timePoll()).toBeLessThan(900);
  holds[1 - refused]?.leave();
  // Once it has left, there is room again.
  await expect.poll(timePoll).toBeGreaterThan(990);
  const last = hold(gateway, id);
  await finish();
  expect((await last.body).data).toMatchObject({ swapResult: { id, status: 'SUCCEEDED' } });
});

test('every held response is sent when the gateway shuts down', async () => {
  const { gateway, id } = await startSwap();
  const held = hold(gateway, id);
  // The slot shows that the first one is held.
  expect(await poll(gateway, id, 1)).toMatchObject({ status: 'PROCESSING' });
  const since = performance.now();
  await gateway.gateway.close();
  expect((await held.body).data).toMatchObject({ swapResult: { status: 'PROCESSING' } });
  expect(performance.now() - since).toBeLessThan(patienceMs);
});

test('is rejected under load like any query, before it is held', async () => {
  const { url } = await startTransport({
    swaps: {},
    fail: () => expect.fail('not to be called'),
    env: { GATEWAY_API_KEYS: '', NODE_ENV: 'development' },
    overrides: { load: { delayMs: () => 501 } },
  });
  const { status, errors } = await createGraphqlClient(url).graphql(query, { id: 'a', wait: 60 });
  expect(status).toBe(503);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 1 });
});

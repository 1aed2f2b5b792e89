import { expect, test } from 'vitest';
import { sharedEnv, startGateways } from '../../../testing/redis-gateways.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../../testing/swap-client.js';

const server = redisForTests();

async function startTwo(more: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  const [a, b] = await startGateways(2, { ...upstream.env, ...sharedEnv(server), ...more });
  if (!a || !b) throw new Error('no gateways');
  return { upstream, a, b };
}

test('a webhook that arrives at one instance completes the subscriptions on the other', async () => {
  const { upstream, a, b } = await startTwo();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const { id } = await requestSwap(a);
  const watched = watchToEnd(b, id);
  await expect.poll(() => readSwap(b, id)).toMatchObject({ status: 'PROCESSING' });
  const { body } = await upstream.submission();
  const { pathname } = new URL(String(body['webhook']));
  const response = await fetch(a.url + pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(answers.success(1)),
  });
  expect(response.status).toBe(200);
  const seen = (await watched).map(({ status }) => status);
  expect(seen.at(-1)).toBe('SUCCEEDED');
  expect(await readSwap(b, '1')).toMatchObject({ id, status: 'SUCCEEDED' });
});

test('fifty requests for the same swap over both instances lead to one submission', async () => {
  const { upstream, a, b } = await startTwo();
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const swaps = await Promise.all(
    Array.from({ length: 50 }, (_, n) => requestSwap(n % 2 ? a : b, { idempotencyKey: 'k' }, { wait: 10 })),
  );
  expect(new Set(swaps.map(({ id }) => id)).size).toBe(1);
  expect(new Set(swaps.map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']));
  expect(upstream.submissions()).toHaveLength(1);
});

test("the account's limit applies across both instances, and every swap gets its turn", async () => {
  const { upstream, a, b } = await startTwo({ MODELSLAB_QUEUE_LIMIT: '3', POLL_INTERVAL_MS: '20' });
  let there = 0;
  let peak = 0;
  upstream.handle((call) => {
    if (call.path.includes('fetch')) {
      there -= 1;
      call.answer(200, answers.success(Number(call.path.split('/').at(-1))));
      return;
    }
    there += 1;
    peak = Math.max(peak, there);
    call.answer(200, answers.processing(upstream.submissions().length, 0.02));
  });
  const swaps = await Promise.all(
    Array.from({ length: 24 }, (_, n) => requestSwap(n % 2 ? a : b, { trackId: n }, { wait: 30 })),
  );
  expect(swaps.map(({ status }) => status)).toEqual(swaps.map(() => 'SUCCEEDED'));
  expect(upstream.submissions()).toHaveLength(24);
  expect(peak).toBeLessThanOrEqual(3);
});

test('a 429 at one instance keeps both from submitting', async () => {
  const { upstream, a, b } = await startTwo({ MODELSLAB_QUEUE_LIMIT: '1' });
  const times: number[] = [];
  upstream.handle((call) => {
    times.push(Date.now());
    if (times.length > 1) return call.answer(200, answers.success(times.length));
    call.answer(429, { ...answers.error('slow down'), retry_after: 1 });
  });
  const first = await requestSwap(a, { trackId: 1 });
  const second = await requestSwap(b, { trackId: 2 });
  expect((await watchToEnd(b, first.id)).at(-1)?.status).toBe('SUCCEEDED');
  expect((await watchToEnd(a, second.id)).at(-1)?.status).toBe('SUCCEEDED');
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(950);
});

test('an instance that did not accept a swap can cancel it', async () => {
  const { upstream, a, b } = await startTwo({ MODELSLAB_QUEUE_LIMIT: '1' });
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const first = await requestSwap(a, { trackId: 1 });
  await expect.poll(() => readSwap(b, first.id)).toMatchObject({ status: 'PROCESSING' });
  const waiting = await requestSwap(a, { trackId: 2 });
  expect(waiting.queuePosition).toBe(1);
  const cancel = 'mutation ($id: ID!) { cancelSwap(id: $id) { status } }';
  const refused = await b.graphql(cancel, { id: first.id });
  expect(refused.errors?.[0]?.extensions['code']).toBe('NOT_CANCELABLE');
  expect((await b.graphql(cancel, { id: waiting.id })).data).toEqual({ cancelSwap: { status: 'CANCELED' } });
  expect(await readSwap(a, waiting.id)).toMatchObject({ status: 'CANCELED' });
});

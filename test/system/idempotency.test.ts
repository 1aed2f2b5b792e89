import { expect, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, requestSwap, swapMutation, watchToEnd } from '../../testing/swap-client.js';

async function startPair(env: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
  const gateway = await startGateway({ ...upstream.env, ...env });
  return { upstream, gateway };
}

const atOnce = <T>(count: number, request: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, request));

test('fifty mutations with one idempotency key at the same time are one swap and one submission', async () => {
  const { upstream, gateway } = await startPair();
  const swaps = await atOnce(50, () => requestSwap(gateway, { idempotencyKey: 'k' }));
  expect(new Set(swaps.map(({ id }) => id)).size).toBe(1);
  await upstream.submission(0);
  await requestSwap(gateway, { idempotencyKey: 'k' });
  expect(upstream.submissions()).toHaveLength(1);
});

test('fifty clicks without a key are one swap and one submission', async () => {
  const { upstream, gateway } = await startPair();
  const swaps = await atOnce(50, () => requestSwap(gateway));
  expect(new Set(swaps.map(({ id }) => id)).size).toBe(1);
  await upstream.submission(0);
  expect(upstream.submissions()).toHaveLength(1);
});

test('a key with a different input is rejected, and nothing is sent', async () => {
  const { upstream, gateway } = await startPair();
  await requestSwap(gateway, { idempotencyKey: 'k' });
  await upstream.submission(0);
  const { data, errors } = await gateway.graphql(swapMutation, {
    input: { ...images, idempotencyKey: 'k', watermark: false },
  });
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions).toEqual({ code: 'IDEMPOTENCY_CONFLICT' });
  expect(upstream.submissions()).toHaveLength(1);
});

test('a key returns the same swap after it has finished, whatever its outcome', async () => {
  const { upstream, gateway } = await startPair();
  const swap = await requestSwap(gateway, { idempotencyKey: 'k' });
  await upstream.submission(0);
  await upstream.sendWebhook({ status: 'failed', id: 1, message: 'no' });
  await watchToEnd(gateway, swap.id);
  expect(await requestSwap(gateway, { idempotencyKey: 'k', reuse: 'NEVER' })).toMatchObject({
    id: swap.id,
    status: 'FAILED',
  });
});

test('another key is another swap, even with the same input', async () => {
  const { gateway } = await startPair();
  const ids = new Set([
    (await requestSwap(gateway, { idempotencyKey: 'a' })).id,
    (await requestSwap(gateway, { idempotencyKey: 'b' })).id,
  ]);
  expect(ids.size).toBe(2);
});

test('without a key, reuse decides whether an identical swap in flight, or finished, is returned', async () => {
  const { upstream, gateway } = await startPair();
  const first = await requestSwap(gateway);
  expect((await requestSwap(gateway, { reuse: 'COMPLETED' })).id).toBe(first.id);
  const forced = await requestSwap(gateway, { reuse: 'NEVER' });
  expect(forced.id).not.toBe(first.id);
  expect((await requestSwap(gateway)).id).toBe(forced.id);

  await upstream.submission(1);
  const forcedIndex = upstream
    .submissions()
    .findIndex(({ body }) => String(body['webhook']).includes(forced.id));
  await upstream.sendWebhook(answers.success(2), forcedIndex);
  await watchToEnd(gateway, forced.id);
  expect(await requestSwap(gateway, { reuse: 'COMPLETED' })).toMatchObject({
    id: forced.id,
    status: 'SUCCEEDED',
  });
  const fresh = await requestSwap(gateway, { reuse: 'IN_FLIGHT' });
  expect([first.id, forced.id]).not.toContain(fresh.id);
});

test('a failed swap is not returned for an identical input', async () => {
  const { upstream, gateway } = await startPair();
  const failed = await requestSwap(gateway);
  await upstream.submission(0);
  await upstream.sendWebhook({ status: 'failed', id: 1, message: 'no' });
  await watchToEnd(gateway, failed.id);
  expect((await requestSwap(gateway, { reuse: 'COMPLETED' })).id).not.toBe(failed.id);
});

test('an input that differs in any field is another swap', async () => {
  const { gateway } = await startPair();
  const inputs = [{}, { trackId: 1 }, { watermark: false }, { initImage: images.targetImage }];
  const ids = await Promise.all(inputs.map(async (input) => (await requestSwap(gateway, input)).id));
  expect(new Set(ids).size).toBe(inputs.length);
});

test('a key can be used again once its swap has expired', async () => {
  const { upstream, gateway } = await startPair({ RESULT_TTL_MS: '200' });
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const first = await requestSwap(gateway, { idempotencyKey: 'k' }, { wait: 10 });
  await expect
    .poll(async () => (await requestSwap(gateway, { idempotencyKey: 'k' })).id, { interval: 50 })
    .not.toBe(first.id);
});

import { expect, test } from 'vitest';
import { sharedEnv, startGateways } from '../../../testing/redis-gateways.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../../testing/swap-client.js';

const server = redisForTests();

async function startFailed(env: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.reset());
  const [a, b] = await startGateways(2, {
    ...upstream.env,
    ...sharedEnv(server),
    PROCESSING_DEADLINE_MS: '100',
    ...env,
  });
  if (!a || !b) throw new Error('no gateways');
  const failed = await requestSwap(a, {}, { wait: 20 });
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' } });
  upstream.handle((call) => call.answer(200, answers.success(5)));
  return { upstream, a, b, failed };
}

test('a late result stored by one instance is shown by all, however often they had shown the failure', async () => {
  const { upstream, a, b, failed } = await startFailed();
  for (let n = 0; n < 8; n++)
    for (const gateway of [a, b]) expect(await readSwap(gateway, failed.id)).toEqual(failed);
  expect(await upstream.sendWebhook(answers.success(5))).toBe(200);
  for (const gateway of [a, b]) {
    const seen = await readSwap(gateway, failed.id);
    expect(seen).toMatchObject({ status: 'FAILED', lateResult: { output: answers.success(5).output } });
    for (let n = 0; n < 8; n++) expect(await readSwap(gateway, failed.id)).toEqual(seen);
  }
});

test('concurrent identical requests on all instances complete with it and pay nothing', async () => {
  const { upstream, a, b, failed } = await startFailed();
  await upstream.sendWebhook(answers.success(5));
  const paid = upstream.submissions().length;
  const swaps = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      requestSwap(n % 2 ? a : b, n % 4 < 2 ? { idempotencyKey: 'k' } : {}),
    ),
  );
  for (const swap of swaps) expect(swap).toMatchObject({ status: 'SUCCEEDED', recoveredFrom: failed.id });
  expect(upstream.submissions()).toHaveLength(paid);
});

test('an id that a webhook reveals to one instance after the failure is polled until the picture exists', async () => {
  const { upstream, a, b, failed } = await startFailed();
  expect(await upstream.sendWebhook(answers.processing(5))).toBe(200);
  for (const gateway of [a, b])
    await expect
      .poll(() => readSwap(gateway, failed.id))
      .toMatchObject({ modelsLabId: '5', lateResult: { output: answers.success(5).output } });
});

test('an unresolved submission releases its slot for all instances', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.reset());
  const [a, b] = await startGateways(2, {
    ...upstream.env,
    ...sharedEnv(server),
    MODELSLAB_QUEUE_LIMIT: '1',
    UNKNOWN_SLOT_MS: '300',
  });
  if (!a || !b) throw new Error('no gateways');
  const unresolved = await requestSwap(a, { trackId: 1 });
  await upstream.submission(0);
  upstream.handle((call) => call.answer(200, answers.success(2)));
  expect(await requestSwap(b, { trackId: 2 }, { wait: 30 })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readSwap(b, unresolved.id)).toMatchObject({ status: 'PROCESSING' });
  expect(await upstream.sendWebhook(answers.success(1), 0)).toBe(200);
  await expect.poll(() => readSwap(b, unresolved.id)).toMatchObject({ status: 'SUCCEEDED' });
});

import { expect, test } from 'vitest';
import { readMetrics } from '../../testing/metrics.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** One slot, held by a swap whose submission got no response. */
async function startUnresolved(env: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.reset());
  const settings = { ...upstream.env, DATA_DIR: temporaryFolder(), MODELSLAB_QUEUE_LIMIT: '1', ...env };
  const gateway = await startGateway(settings);
  const unresolved = await requestSwap(gateway, { trackId: 1 });
  await upstream.submission(0);
  upstream.handle((call) => call.answer(200, answers.success(2)));
  return { upstream, gateway, settings, unresolved };
}

test('an unresolved submission holds its slot for a while, then passes it to the next swap and keeps waiting', async () => {
  const { upstream, gateway, unresolved } = await startUnresolved({ UNKNOWN_SLOT_MS: '500' });
  const next = await requestSwap(gateway, { trackId: 2 });
  expect(next).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
  await expect.poll(() => readSwap(gateway, next.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readSwap(gateway, unresolved.id)).toMatchObject({ status: 'PROCESSING' });
  const metrics = await readMetrics(gateway);
  expect(metrics.value('queue_unresolved')).toBe(1);
  expect(metrics.value('queue_slots_used')).toBe(0);
  expect(await upstream.sendWebhook(answers.success(1), 0)).toBe(200);
  await expect.poll(() => readSwap(gateway, unresolved.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect((await readMetrics(gateway)).value('queue_unresolved')).toBe(0);
  expect(upstream.submissions()).toHaveLength(2);
});

test('after a restart an old unresolved submission takes no slot, so new swaps are submitted immediately', async () => {
  const { upstream, gateway, settings, unresolved } = await startUnresolved({ UNKNOWN_SLOT_MS: '300' });
  await expect.poll(async () => (await readMetrics(gateway)).value('queue_unresolved')).toBe(1);
  await gateway.gateway.close();

  const next = await startGateway(settings);
  expect((await readMetrics(next)).value('queue_unresolved')).toBe(1);
  expect(await requestSwap(next, { trackId: 2 }, { wait: 20 })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readSwap(next, unresolved.id)).toMatchObject({ status: 'PROCESSING' });
  expect(upstream.submissions()).toHaveLength(2);
});

test('after a restart a recent one takes its slot again', async () => {
  const { upstream, gateway, settings } = await startUnresolved({ UNKNOWN_SLOT_MS: '3600000' });
  await gateway.gateway.close();
  const next = await startGateway(settings);
  expect(await requestSwap(next, { trackId: 2 })).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
  await expect.poll(async () => (await readMetrics(next)).value('queue_slots_used')).toBe(1);
  expect(upstream.submissions()).toHaveLength(1);
});

test('after a restart an unresolved submission is followed up even while every slot is taken', async () => {
  const upstream = await startStubModelsLab();
  const env = { ...upstream.env, DATA_DIR: temporaryFolder(), UNKNOWN_SLOT_MS: '300' };
  const first = await startGateway({ ...env, MODELSLAB_QUEUE_LIMIT: '2' });
  upstream.handle((call) =>
    call.body['track_id'] === 2 ? call.reset() : call.answer(200, answers.processing(1)),
  );
  const known = await requestSwap(first, { trackId: 1 });
  await expect
    .poll(() => readSwap(first, known.id))
    .toMatchObject({ status: 'PROCESSING', modelsLabId: '1' });
  const unresolved = await requestSwap(first, { trackId: 2 });
  await expect.poll(async () => (await readMetrics(first)).value('queue_unresolved')).toBe(1);
  await first.gateway.close();

  const next = await startGateway({ ...env, MODELSLAB_QUEUE_LIMIT: '1', PROCESSING_DEADLINE_MS: '2000' });
  const metrics = await readMetrics(next);
  expect([metrics.value('queue_unresolved'), metrics.value('queue_slots_used')]).toEqual([1, 1]);
  await expect
    .poll(() => readSwap(next, unresolved.id))
    .toMatchObject({ status: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' } });
  expect(await readSwap(next, known.id)).toMatchObject({ status: 'PROCESSING' });
});

import { expect, test } from 'vitest';
import { readMetrics } from '../../testing/metrics.js';
import { startWatching } from '../../testing/redis-gateways.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { cancelMutation, readSwap, requestSwap } from '../../testing/swap-client.js';
import { atMost } from '../../testing/timeouts.js';

async function startPair(env: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({ ...upstream.env, ...env });
  return { upstream, gateway };
}

test('a swap finished by a webhook is measured from acceptance to push, and a repeated webhook is a duplicate', async () => {
  const { upstream, gateway } = await startPair();
  const swap = await requestSwap(gateway);
  expect((await requestSwap(gateway)).id).toBe(swap.id);
  (await upstream.submission()).answer(200, answers.processing(1, 600));
  await expect.poll(() => readSwap(gateway, swap.id)).toMatchObject({ status: 'PROCESSING' });
  const { end } = await startWatching(gateway, swap.id);

  const during = await readMetrics(gateway);
  expect(during.value('subscriptions')).toBe(1);
  expect(during.value('sockets')).toBe(1);
  expect(during.value('queue_slots_used')).toBe(1);
  expect(during.value('swaps_accepted_total')).toBe(1);
  expect(during.value('swaps_ended_total', { status: 'SUCCEEDED' })).toBe(0);

  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  expect((await end)?.status).toBe('SUCCEEDED');

  await expect.poll(async () => (await readMetrics(gateway)).value('subscriptions')).toBe(0);
  const after = await readMetrics(gateway);
  expect(after.value('webhooks_total', { outcome: 'accepted' })).toBe(1);
  expect(after.value('webhooks_total', { outcome: 'duplicate' })).toBe(1);
  expect(after.value('webhook_to_push_seconds_count')).toBe(1);
  expect(after.value('webhook_to_push_seconds_sum')).toBeLessThan(atMost(5000) / 1000);
  expect(after.value('swap_end_to_push_seconds_count')).toBe(1);
  expect(after.value('swaps_accepted_total')).toBe(1);
  expect(after.value('swaps_ended_total', { status: 'SUCCEEDED' })).toBe(1);
  expect(after.value('swap_duration_seconds_count', { status: 'SUCCEEDED' })).toBe(1);
  expect(after.value('swap_wait_seconds_count')).toBe(1);
  expect(after.value('queue_slots_used')).toBe(0);
  expect(after.value('modelslab_calls_total', { call: 'submit', outcome: 'processing' })).toBe(1);
  expect(after.value('modelslab_call_duration_seconds_count', { call: 'submit' })).toBe(1);
  expect(after.value('operations_total', { operation: 'request', outcome: 'ok' })).toBe(2);
  expect(after.value('operations_total', { operation: 'watch', outcome: 'ok' })).toBe(1);
  expect(after.value('http_requests_total', { route: '/webhooks/modelslab/*', status: '200' })).toBe(2);
});

test('subscribing after the end does not count as a push', async () => {
  const { upstream, gateway } = await startPair();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const { id } = await requestSwap(gateway);
  await upstream.sendWebhook(answers.success(1));
  await (await startWatching(gateway, id)).end;
  await expect.poll(async () => (await readMetrics(gateway)).value('subscriptions')).toBe(0);
  const reading = await readMetrics(gateway);
  expect(reading.value('operations_total', { operation: 'watch', outcome: 'ok' })).toBe(1);
  expect(reading.value('webhook_to_push_seconds_count')).toBe(0);
  expect(reading.value('swap_end_to_push_seconds_count')).toBe(0);
});

test('failures count by error code, cancellations by status, and waiting swaps are shown', async () => {
  const { upstream, gateway } = await startPair({ MODELSLAB_QUEUE_LIMIT: '1', MAX_WAITING_PER_CLIENT: '1' });
  const first = await requestSwap(gateway, { trackId: 1 });
  const submission = await upstream.submission();
  const waiting = await requestSwap(gateway, { trackId: 2 });
  await expect(requestSwap(gateway, { trackId: 3 })).rejects.toThrow('QUEUE_FULL');
  const during = await readMetrics(gateway);
  expect(during.value('queue_waiting')).toBe(1);
  expect(during.value('queue_slots')).toBe(1);
  expect(during.value('swaps_refused_total', { code: 'QUEUE_FULL' })).toBe(1);
  expect(during.value('operations_total', { operation: 'request', outcome: 'QUEUE_FULL' })).toBe(1);
  expect(during.value('graphql_errors_total', { code: 'QUEUE_FULL' })).toBe(1);

  await gateway.graphql(cancelMutation, { id: waiting.id });
  const watched = await startWatching(gateway, first.id);
  submission.answer(200, answers.error('No face detected in target image'));
  expect((await watched.end)?.error?.code).toBe('NO_FACE_FOUND');
  const after = await readMetrics(gateway);
  expect(after.value('swaps_ended_total', { status: 'FAILED', error_code: 'NO_FACE_FOUND' })).toBe(1);
  expect(after.value('swaps_ended_total', { status: 'CANCELED' })).toBe(1);
  expect(after.value('swap_wait_seconds_count')).toBe(1);
  expect(after.value('modelslab_calls_total', { call: 'submit', outcome: 'failed' })).toBe(1);
  expect(after.value('webhook_to_push_seconds_count')).toBe(0);
  expect(after.value('swap_end_to_push_seconds_count')).toBe(1);
});

test('polls count by outcome', async () => {
  const { upstream, gateway } = await startPair({ POLL_INTERVAL_MS: '10' });
  const { id } = await requestSwap(gateway);
  (await upstream.submission()).answer(200, answers.processing(1, 0));
  const watched = await startWatching(gateway, id);
  (await upstream.fetchCall(0)).reset();
  (await upstream.fetchCall(1)).answer(503, answers.error('busy'));
  (await upstream.fetchCall(2)).answer(200, answers.processing(1));
  (await upstream.fetchCall(3)).answer(200, answers.success(1));
  await watched.end;
  const reading = await readMetrics(gateway);
  expect(reading.value('polls_total', { outcome: 'unavailable' })).toBe(2);
  expect(reading.value('polls_total', { outcome: 'processing' })).toBe(1);
  expect(reading.value('polls_total', { outcome: 'succeeded' })).toBe(1);
  expect(reading.value('modelslab_calls_total', { call: 'fetch', outcome: 'no_answer' })).toBe(1);
  expect(reading.value('modelslab_calls_total', { call: 'fetch', outcome: 'unavailable' })).toBe(1);
  expect(reading.value('modelslab_call_duration_seconds_count', { call: 'fetch' })).toBe(4);
  expect(reading.value('webhooks_total', { outcome: 'accepted' })).toBe(0);
});

test('while ModelsLab is down the breaker shows as open, and each submission of a swap records its wait', async () => {
  const { upstream, gateway } = await startPair({ MODELSLAB_QUEUE_LIMIT: '6' });
  upstream.handle((call) => call.answer(500, answers.error('down')));
  expect((await readMetrics(gateway)).value('modelslab_breaker_open')).toBe(0);
  for (let n = 0; n < 5; n++) await requestSwap(gateway, { trackId: n });
  await expect.poll(async () => (await readMetrics(gateway)).value('modelslab_breaker_open')).toBe(1);
  await requestSwap(gateway, { trackId: 5 });
  await expect
    .poll(async () => (await readMetrics(gateway)).value('modelslab_calls_total', { outcome: 'not_sent' }))
    .toBe(1);
  // The call is counted before its swap is back in the queue.
  await expect.poll(async () => (await readMetrics(gateway)).value('queue_waiting')).toBe(1);
  const reading = await readMetrics(gateway);
  expect(reading.value('modelslab_breaker_open')).toBe(1);
  expect(reading.value('modelslab_calls_total', { call: 'submit', outcome: 'unknown' })).toBe(5);
  expect(reading.value('modelslab_call_duration_seconds_count', { call: 'submit' })).toBe(5);
  expect(reading.value('swap_wait_seconds_count')).toBe(6);
});

test('duplicates count once: requests with the same key, and two reports of the same end', async () => {
  const { upstream, gateway } = await startPair();
  const swaps = await Promise.all(
    Array.from({ length: 20 }, () => requestSwap(gateway, { idempotencyKey: 'k' })),
  );
  expect(new Set(swaps.map(({ id }) => id)).size).toBe(1);
  const submission = await upstream.submission();
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  submission.answer(200, answers.success(1));
  await expect.poll(async () => (await readMetrics(gateway)).value('queue_slots_used')).toBe(0);
  const reading = await readMetrics(gateway);
  expect(reading.value('operations_total', { operation: 'request', outcome: 'ok' })).toBe(20);
  expect(reading.value('swaps_accepted_total')).toBe(1);
  expect(reading.value('swaps_ended_total', { status: 'SUCCEEDED' })).toBe(1);
  expect(reading.value('swap_duration_seconds_count', { status: 'SUCCEEDED' })).toBe(1);
});

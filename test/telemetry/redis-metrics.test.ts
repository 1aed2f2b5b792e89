import { expect, test } from 'vitest';
import { readMetrics } from '../../testing/metrics.js';
import { sharedEnv, startGateways, startWatching } from '../../testing/redis-gateways.js';
import { redisForTests, startRedis } from '../../testing/redis-server.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';

const server = redisForTests();

test('with several instances each shows the queue, everything else counts once, and a push is timed where it is sent', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const env = { ...upstream.env, ...sharedEnv(server), MODELSLAB_QUEUE_LIMIT: '1' };
  const [a, b] = await startGateways(2, env);
  if (!a || !b) throw new Error('no gateways');
  const { id } = await requestSwap(a, { trackId: 1 });
  await expect.poll(() => readSwap(b, id)).toMatchObject({ status: 'PROCESSING' });
  await requestSwap(b, { trackId: 2 });
  const watched = await startWatching(b, id);
  for (const gateway of [a, b]) {
    const reading = await readMetrics(gateway);
    expect(reading.value('queue_waiting')).toBe(1);
    expect(reading.value('queue_slots_used')).toBe(1);
    expect(reading.value('queue_slots')).toBe(1);
    expect(reading.value('swaps_accepted_total')).toBe(1);
  }

  const { pathname } = new URL(String((await upstream.submission()).body['webhook']));
  const response = await fetch(a.url + pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(answers.success(1)),
  });
  expect(response.status).toBe(200);
  expect((await watched.end)?.status).toBe('SUCCEEDED');
  await expect.poll(async () => (await readMetrics(b)).value('subscriptions')).toBe(0);
  const [atA, atB] = [await readMetrics(a), await readMetrics(b)];
  expect(atA.value('webhooks_total', { outcome: 'accepted' })).toBe(1);
  expect(atA.value('swaps_ended_total', { status: 'SUCCEEDED' })).toBe(1);
  expect(atB.value('swaps_ended_total', { status: 'SUCCEEDED' })).toBe(0);
  expect(atB.value('swap_end_to_push_seconds_count')).toBe(1);
  for (const reading of [atA, atB]) expect(reading.value('webhook_to_push_seconds_count')).toBe(0);
});

test('while Redis hangs the metrics can still be read, without the queue', async () => {
  const redis = await startRedis();
  const upstream = await startStubModelsLab();
  const [gateway] = await startGateways(1, { ...upstream.env, ...sharedEnv(redis) });
  if (!gateway) throw new Error('no gateway');
  expect((await readMetrics(gateway)).value('queue_waiting')).toBe(0);
  redis.signal('SIGSTOP');
  await expect(requestSwap(gateway)).rejects.toThrow('UNAVAILABLE');
  const reading = await readMetrics(gateway);
  expect(reading.value('queue_waiting')).toBeUndefined();
  expect(reading.value('queue_slots_used')).toBeUndefined();
  expect(reading.value('queue_slots')).toBe(5);
  expect(reading.value('operations_total', { operation: 'request', outcome: 'UNAVAILABLE' })).toBe(1);
  redis.signal('SIGCONT');
  await expect.poll(async () => (await readMetrics(gateway)).value('queue_waiting')).toBe(0);
});

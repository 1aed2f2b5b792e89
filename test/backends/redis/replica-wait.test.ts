import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { images, readSwap, requestSwap, swapMutation, watchToEnd } from '../../../testing/swap-client.js';

async function startReplicated(waitFor: string) {
  const [primary, replica] = await Promise.all([startRedis(), startRedis()]);
  const client = createClient({ url: replica.url });
  await client.connect();
  onTestFinished(() => client.destroy());
  await client.sendCommand(['REPLICAOF', '127.0.0.1', String(primary.port)]);
  await expect.poll(() => client.info('replication')).toContain('master_link_status:up');
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({
    ...upstream.env,
    ...sharedEnv(primary),
    REDIS_WAIT_REPLICAS: waitFor,
    MODELSLAB_QUEUE_LIMIT: '1',
  });
  return { primary, replica, upstream, gateway };
}

test('a swap is submitted only when a replica has the mark; until then it waits in the queue, and can be canceled', async () => {
  const { replica, upstream, gateway } = await startReplicated('1');
  upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
  const first = await requestSwap(gateway, { trackId: 1 });
  const second = await requestSwap(gateway, { trackId: 2 });
  const third = await requestSwap(gateway, { trackId: 3 });
  await upstream.submission(0);
  replica.signal('SIGSTOP');
  expect(await upstream.sendWebhook(answers.success(1), 0)).toBe(200);
  expect((await watchToEnd(gateway, first.id)).at(-1)?.status).toBe('SUCCEEDED');
  await expect.poll(() => gateway.logs.text()).toContain('too few Redis replicas');
  const cancel = () =>
    gateway.graphql('mutation ($id: ID!) { cancelSwap(id: $id) { status } }', { id: third.id });
  await expect.poll(async () => (await cancel()).data).toEqual({ cancelSwap: { status: 'CANCELED' } });
  expect(await readSwap(gateway, second.id)).toMatchObject({ status: 'QUEUED' });
  expect(upstream.submissions()).toHaveLength(1);
  replica.signal('SIGCONT');
  await upstream.submission(1);
  expect(await upstream.sendWebhook(answers.success(2), 1)).toBe(200);
  expect((await watchToEnd(gateway, second.id)).at(-1)?.status).toBe('SUCCEEDED');
  expect(upstream.submissions()).toHaveLength(2);
});

test('a mutation gets its response only when a replica has the swap; a retry returns that swap', async () => {
  const { replica, upstream, gateway } = await startReplicated('1');
  upstream.handle((call) => call.answer(200, answers.success(1)));
  replica.signal('SIGSTOP');
  const input = { ...images, idempotencyKey: 'k' };
  const { errors } = await gateway.graphql(swapMutation, { input });
  expect(errors?.[0]).toMatchObject({
    message: expect.stringContaining('may have been accepted'),
    extensions: { code: 'UNAVAILABLE' },
  });
  replica.signal('SIGCONT');
  const swap = await requestSwap(gateway, { idempotencyKey: 'k' });
  expect((await watchToEnd(gateway, swap.id)).at(-1)?.status).toBe('SUCCEEDED');
  expect(upstream.submissions()).toHaveLength(1);
});

test('does not wait for replicas unless configured', async () => {
  const { replica, upstream, gateway } = await startReplicated('0');
  upstream.handle((call) => call.answer(200, answers.success(1)));
  replica.signal('SIGSTOP');
  expect(await requestSwap(gateway, {}, { wait: 10 })).toMatchObject({ status: 'SUCCEEDED' });
  replica.signal('SIGCONT');
});

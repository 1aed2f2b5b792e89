import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import {
  images,
  readSwap,
  requestSwap,
  swapMutation,
  swapQuery,
  swapSubscription,
} from '../../../testing/swap-client.js';

async function start(settings: Record<string, string> = {}) {
  const redis = await startRedis({ settings });
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const env: Record<string, string> = { ...upstream.env, ...sharedEnv(redis), MODELSLAB_QUEUE_LIMIT: '1' };
  const gateway = await startGateway(
    settings['user'] ? { ...env, REDIS_URL: redis.url.replace('//', '//app:any@') } : env,
  );
  const client = createClient({ url: redis.url });
  await client.connect();
  onTestFinished(() => client.destroy());
  const reasons = () =>
    gateway.logs
      .lines()
      .filter(({ msg }) => msg === 'Redis rejected a command')
      .map(({ reason }) => String(reason));
  return { gateway, client, prefix: env['REDIS_PREFIX'] ?? '', reasons };
}

test('a key of the wrong type causes UNAVAILABLE, and the log gives the reason once for many requests', async () => {
  const { gateway, client, prefix, reasons } = await start();
  const { id } = await requestSwap(gateway);
  await expect.poll(() => readSwap(gateway, id)).toMatchObject({ status: 'PROCESSING' });
  const key = `${prefix}pending:${id}`;
  await client.multi().del(key).lPush(key, 'not a record').exec();
  for (let n = 0; n < 5; n++) {
    const { errors } = await gateway.graphql(swapQuery, { id });
    expect(errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  }
  expect(reasons().filter((reason) => reason.startsWith('WRONGTYPE'))).toHaveLength(1);
});

test('a queue of the wrong type is logged with the swap that could not be added', async () => {
  const { gateway, client, prefix, reasons } = await start();
  await requestSwap(gateway, { trackId: 1 });
  await client.set(`${prefix}queue:turns`, 'no sorted set');
  const { errors } = await gateway.graphql(swapMutation, { input: { ...images, trackId: 2 } });
  expect(errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  expect(reasons().join()).toContain('WRONGTYPE');
  expect(gateway.logs.lines()).toContainEqual(
    expect.objectContaining({ msg: 'Redis failed to change the queue', swap: expect.any(String) }),
  );
});

test('a full Redis is named as the cause', async () => {
  const { gateway, client, reasons } = await start();
  await client.configSet('maxmemory', '1');
  const { errors } = await gateway.graphql(swapMutation, { input: images });
  expect(errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  expect(reasons().join()).toContain('OOM');
});

test.each([
  [
    'a command',
    '~* &* +@all -set',
    (gateway: Awaited<ReturnType<typeof start>>['gateway']) =>
      gateway.graphql(swapMutation, { input: images }),
  ],
  [
    'channels',
    '~* resetchannels +@all',
    async (gateway: Awaited<ReturnType<typeof start>>['gateway']) => {
      for await (const _ of gateway.subscribe(swapSubscription, { id: 'x' })) return;
    },
  ],
])('a missing permission for %s is named as the cause', async (_what, rules, request) => {
  const { gateway, reasons } = await start({ user: `app on nopass ${rules}` });
  await request(gateway);
  await expect.poll(() => reasons().join()).toMatch(/NOPERM|can't run this command/);
});

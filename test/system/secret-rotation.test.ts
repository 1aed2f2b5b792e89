import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../testing/free-port.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test('a swap submitted with the old MODELSLAB_API_KEY is polled with the new one, and its webhook is accepted', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const dataDir = temporaryFolder();
  const port = String(await freePort());
  const env = {
    ...upstream.env,
    PORT: port,
    DATA_DIR: dataDir,
    POLL_INTERVAL_MS: '100',
    MAX_POLL_INTERVAL_MS: '100',
  };
  const before = await startGateway({ ...env, MODELSLAB_API_KEY: 'the-old-key' });
  const swap = await requestSwap(before);
  await expect.poll(() => readSwap(before, swap.id)).toMatchObject({ status: 'PROCESSING' });
  await before.gateway.close();
  const known = upstream.calls.length;

  const after = await startGateway({ ...env, MODELSLAB_API_KEY: 'the-new-key' });
  await expect.poll(() => upstream.calls.length).toBeGreaterThan(known);
  const polls = upstream.calls.slice(known);
  expect(new Set(polls.map(({ body }) => body['key']))).toEqual(new Set(['the-new-key']));
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  await expect.poll(() => readSwap(after, swap.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(upstream.submissions()).toHaveLength(1);
});

test('the password of Redis is replaced without an interruption: both are valid until the last gateway has the new one', async () => {
  const redis = await startRedis({ password: 'the-old-password' });
  const operator = createClient({ url: redis.url }).on('error', () => undefined);
  await operator.connect();
  onTestFinished(() => operator.destroy());
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(Number(call.body['track_id']))));
  const env = { ...upstream.env, ...sharedEnv(redis) };
  const swap = (gateway: Awaited<ReturnType<typeof startGateway>>, trackId: number) =>
    requestSwap(gateway, { trackId }, { wait: 10 });
  const old = await startGateway(env);
  expect(await swap(old, 1)).toMatchObject({ status: 'SUCCEEDED' });

  await operator.sendCommand(['ACL', 'SETUSER', 'default', '>the-new-password']);
  const renewed = await startGateway({
    ...env,
    REDIS_URL: redis.url.replace('the-old-password', 'the-new-password'),
  });
  expect(await swap(renewed, 2)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await swap(old, 3)).toMatchObject({ status: 'SUCCEEDED' });

  await old.gateway.close();
  await operator.sendCommand(['ACL', 'SETUSER', 'default', '<the-old-password']);
  expect(await swap(renewed, 4)).toMatchObject({ status: 'SUCCEEDED' });
  const refused = createClient({ url: redis.url, socket: { reconnectStrategy: false } }).on(
    'error',
    () => undefined,
  );
  await expect(refused.connect()).rejects.toThrow('WRONGPASS');
});

import { expect, test } from 'vitest';
import { startFaultProxy } from '../../../testing/fault-proxy.js';
import { sharedEnv, startGateways, startWatching } from '../../../testing/redis-gateways.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { requestSwap, watchToEnd } from '../../../testing/swap-client.js';

const server = redisForTests();

async function startBehindProxy() {
  const upstream = await startStubModelsLab();
  const proxy = await startFaultProxy(Number(new URL(server.url).port));
  const env = { ...upstream.env, ...sharedEnv(server) };
  const [direct] = await startGateways(1, env);
  if (!direct) throw new Error('no gateway');
  const proxied = await startGateway({ ...env, REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  return { upstream, proxy, direct, proxied };
}

test('everything works over a slow connection, just more slowly', async () => {
  const { upstream, proxy, direct, proxied } = await startBehindProxy();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  proxy.delay(60);
  const swap = await requestSwap(proxied, {}, { wait: 20 });
  expect(swap).toMatchObject({ status: 'SUCCEEDED' });
  expect((await watchToEnd(direct, swap.id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
});

test('an instance that was cut off from Redis notifies its subscriber of the finished swap once it is back', async () => {
  const { upstream, proxy, direct, proxied } = await startBehindProxy();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const { id } = await requestSwap(direct);
  await upstream.submission();
  const watched = await startWatching(proxied, id);
  proxy.freeze();
  proxy.cut();
  await expect.poll(() => upstream.sendWebhook(answers.success(1))).toBe(200);
  expect((await watchToEnd(direct, id)).at(-1)?.status).toBe('SUCCEEDED');
  proxy.thaw();
  expect((await watched.end)?.status).toBe('SUCCEEDED');
});

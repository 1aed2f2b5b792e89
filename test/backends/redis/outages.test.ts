import { expect, test } from 'vitest';
import { sharedEnv, startGateways, startWatching } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import {
  images,
  readSwap,
  requestSwap,
  swapMutation,
  swapQuery,
  watchToEnd,
} from '../../../testing/swap-client.js';
import { atMost } from '../../../testing/timeouts.js';

const mostMs = atMost(1500);

test('without Redis at the start, a gateway is alive but not ready, and starts to work once Redis is up', async () => {
  const redis = await startRedis();
  await redis.kill();
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const port = String(await freePort());
  const starting = startGateway({ ...upstream.env, ...sharedEnv(redis), PORT: port });
  const url = `http://127.0.0.1:${port}`;
  const status = (path: string) =>
    fetch(url + path)
      .then((response) => response.status)
      .catch(() => 0);
  await expect.poll(() => status('/livez')).toBe(200);
  expect(await status('/readyz')).toBe(503);
  await redis.start();
  const gateway = await starting;
  expect(await status('/readyz')).toBe(200);
  expect(await requestSwap(gateway, {}, { wait: 10 })).toMatchObject({ status: 'SUCCEEDED' });
  const steps = gateway.logs.lines().filter(({ msg }) => msg === 'cannot reach Redis; retrying');
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.map(({ attempt }) => attempt)).toEqual(steps.map((_, n) => n + 1));
});

test('while Redis is down, requests get UNAVAILABLE and nothing is submitted; subscribers miss nothing', async () => {
  const redis = await startRedis({ durable: true });
  const upstream = await startStubModelsLab();
  upstream.handle((call) =>
    call.answer(200, call.path.includes('fetch') ? answers.processing(1, 600) : answers.processing(1, 600)),
  );
  const [a, b] = await startGateways(2, { ...upstream.env, ...sharedEnv(redis) });
  if (!a || !b) throw new Error('no gateways');
  const { id } = await requestSwap(a);
  await expect.poll(() => readSwap(a, id)).toMatchObject({ status: 'PROCESSING' });
  const watched = await Promise.all([startWatching(a, id), startWatching(b, id)]);

  await redis.kill();
  for (const { graphql } of [a, b]) {
    const mutation = await graphql(swapMutation, { input: { ...images, trackId: 2 } });
    expect(mutation.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 1 });
    const query = await graphql(swapQuery, { id });
    expect(query.errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  }
  expect(await upstream.sendWebhook(answers.success(1))).toBe(503);
  expect(upstream.submissions()).toHaveLength(1);

  await redis.start();
  await expect.poll(() => upstream.sendWebhook(answers.success(1))).toBe(200);
  for (const { end } of watched) expect((await end)?.status).toBe('SUCCEEDED');
  expect(upstream.submissions()).toHaveLength(1);
});

test('a hanging Redis delays a request by at most a second and a half, and later ones not at all', async () => {
  const redis = await startRedis();
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGateway({ ...upstream.env, ...sharedEnv(redis) });
  const { id } = await requestSwap(gateway);
  redis.signal('SIGSTOP');
  const timed = async (ask: () => Promise<{ errors: unknown }>) => {
    const start = performance.now();
    const { errors } = await ask();
    expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    return performance.now() - start;
  };
  const both = [
    () => gateway.graphql(swapMutation, { input: { ...images, trackId: 2 } }),
    () => gateway.graphql(swapQuery, { id }),
  ];
  for (const ms of await Promise.all(both.map(timed))) expect(ms).toBeLessThan(mostMs);
  for (const ask of both) expect(await timed(ask)).toBeLessThan(mostMs / 3);
  redis.signal('SIGCONT');
  await expect.poll(() => gateway.graphql(swapQuery, { id }).then(({ errors }) => errors)).toBeUndefined();
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  expect((await watchToEnd(gateway, id)).at(-1)?.status).toBe('SUCCEEDED');
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

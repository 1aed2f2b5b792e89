import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { createRedisClock } from '../../../src/backends/redis/clock.js';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { type Clock, systemClock } from '../../../src/lib/clock.js';
import { createManualClock } from '../../../testing/manual-clock.js';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { redisForTests, startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../../testing/swap-client.js';
import { patienceMs } from '../../../testing/timeouts.js';

const server = redisForTests();
const minuteMs = 60_000;
const offBy = (ms: number): Clock => ({ ...systemClock, now: () => Date.now() + ms });

test.each([11, -11])(
  'an instance whose clock is off by %s minutes takes over a running swap and neither fails nor loses it',
  async (minutes) => {
    const upstream = await startStubModelsLab();
    const env = { ...upstream.env, ...sharedEnv(server), POLL_INTERVAL_MS: '100' };
    const right = await startGateway(env);
    upstream.handle((call) => call.answer(200, answers.processing(1, 0)));
    const { id } = await requestSwap(right);
    await upstream.fetchCall(0);
    const wrong = await startGateway(env, { clock: offBy(minutes * minuteMs) });
    await right.gateway.close();
    const before = upstream.calls.length;
    await expect.poll(() => upstream.calls.length).toBeGreaterThan(before + 2);
    expect(await readSwap(wrong, id)).toMatchObject({ status: 'PROCESSING' });
    upstream.handle((call) => call.answer(200, answers.success(1)));
    expect((await watchToEnd(wrong, id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
  },
);

test("swaps get their times from Redis's clock, whatever the instance's clock says", async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(1)));
  const env = { ...upstream.env, ...sharedEnv(server) };
  const wrong = await startGateway(env, { clock: offBy(-8 * 24 * 60 * minuteMs) });
  const { id, createdAt, expiresAt } = (await requestSwap(wrong, {}, { wait: 10 })) as unknown as Record<
    string,
    string
  >;
  expect(Math.abs(Date.parse(createdAt ?? '') - Date.now())).toBeLessThan(minuteMs);
  const client = createClient({ url: server.url });
  await client.connect();
  onTestFinished(() => client.destroy());
  const keptMs = await client.pTTL(`${env.REDIS_PREFIX}ended:${id}`);
  expect(Math.abs(Date.parse(expiresAt ?? '') - Date.now() - keptMs)).toBeLessThan(minuteMs);
});

test("the clock follows Redis's, and ignores small backward steps", async () => {
  const redis = connectRedis({ url: server.url, prefix: server.newPrefix() });
  onTestFinished(() => redis.close());
  const base = createManualClock(0);
  let monotonicMs = 1000;
  const clock = createRedisClock({ redis, base, monotonicNow: () => monotonicMs });
  onTestFinished(() => clock.close());
  expect(clock.now()).toBe(0);
  await clock.synced();
  const start = clock.now();
  expect(Math.abs(start - Date.now())).toBeLessThan(5000);
  monotonicMs += 5000;
  expect(clock.now()).toBe(start + 5000);
  monotonicMs -= 3000;
  expect(clock.now()).toBe(start + 5000);
  monotonicMs -= minuteMs;
  expect(clock.now()).toBe(start + 2000 - minuteMs);
});

test('a swap whose POST was in flight while Redis lost everything still finishes', async () => {
  const redis = await startRedis();
  const upstream = await startStubModelsLab();
  upstream.handle((call) => {
    if (call.path.includes('fetch')) call.answer(200, answers.processing(1, 0));
  });
  const gateway = await startGateway({
    ...upstream.env,
    ...sharedEnv(redis),
    POLL_INTERVAL_MS: '100',
    GATEWAY_API_KEYS: '',
  });
  const { id } = await requestSwap(gateway);
  const submission = await upstream.submission();
  const client = createClient({ url: redis.url });
  await client.connect();
  onTestFinished(() => client.destroy());
  await client.flushAll();
  submission.answer(200, answers.processing(1, 0));
  await expect.poll(() => readSwap(gateway, id)).toMatchObject({ status: 'PROCESSING', modelsLabId: '1' });
  const { data } = await gateway.graphql('{ swaps { nodes { id } } }');
  expect(data).toEqual({ swaps: { nodes: [{ id }] } });
  // The queue has lost the run, so it is aborted.
  await expect.poll(() => gateway.logs.text()).toContain('another instance has taken over this swap');
  upstream.handle((call) => call.answer(200, answers.success(1)));
  await expect
    .poll(() => readSwap(gateway, id), { timeout: 3 * patienceMs })
    .toMatchObject({ status: 'SUCCEEDED' });
  expect(upstream.submissions()).toHaveLength(1);
});

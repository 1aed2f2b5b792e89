import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { readMetrics } from '../support/metrics.js';
import { sharedEnv } from '../support/redis-gateways.js';
import { redisForTests } from '../support/redis-server.js';
import { startGateway, type TestGateway } from '../support/start-gateway.js';
import { answers, startStubModelsLab } from '../support/stub-modelslab.js';
import { requestSwap } from '../support/swap-client.js';
import { atMost } from '../support/timeouts.js';

const server = redisForTests();

/** Gateways on one Redis; so many of them find nobody at ModelsLab's address. */
async function startThree(cutOff: number) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const env: Record<string, string> = { ...upstream.env, ...sharedEnv(server) };
  const nobody = `http://127.0.0.1:${await freePort()}/api/v6/deepfake`;
  const gateways = await Promise.all(
    [0, 1, 2].map((n) => startGateway(n < cutOff ? { ...env, MODELSLAB_BASE_URL: nobody } : env)),
  );
  const redis = createClient({ url: server.url });
  await redis.connect();
  onTestFinished(() => redis.destroy());
  const isPaused = async (): Promise<boolean> =>
    (await redis.exists(`${env['REDIS_PREFIX']}queue:paused`)) === 1;
  return { upstream, gateways, isPaused };
}

/** Requests swaps one after the other at each of the gateways. Gives how long each took, sorted. */
async function timeSwaps(gateways: readonly TestGateway[], count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const gateway = gateways[n % gateways.length] as TestGateway;
    const start = performance.now();
    expect(await requestSwap(gateway, { trackId: n }, { wait: 20 })).toMatchObject({ status: 'SUCCEEDED' });
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

test('one of three instances is cut off from ModelsLab: the others continue, including with what it accepts', async () => {
  const { upstream, gateways, isPaused } = await startThree(1);
  const times = await timeSwaps(gateways, 30);
  expect(await isPaused()).toBe(false);
  // Each pause of all of them would have cost a second.
  expect(times[15]).toBeLessThan(atMost(500));
  expect(upstream.submissions()).toHaveLength(30);
});

test('two of three instances are cut off: the third does all swaps, and both take only one at a time', async () => {
  const { upstream, gateways } = await startThree(2);
  const times = await timeSwaps(gateways, 30);
  expect(times[15]).toBeLessThan(atMost(500));
  expect(upstream.submissions()).toHaveLength(30);
  for (const gateway of gateways.slice(0, 2)) {
    const labels = { call: 'submit', outcome: 'no_answer' };
    const sent = (await readMetrics(gateway)).value('modelslab_calls_total', labels);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(15);
  }
});

test('a 429 pauses all instances', async () => {
  const { upstream, gateways, isPaused } = await startThree(0);
  let isBusy = true;
  upstream.handle((call) => {
    if (isBusy) call.answer(429, { status: 'error', message: 'Rate limit exceeded', retry_after: 3 });
    else call.answer(200, answers.success(1));
    isBusy = false;
  });
  const requested = requestSwap(gateways[0] as TestGateway, {}, { wait: 20 });
  await upstream.submission();
  await expect.poll(isPaused).toBe(true);
  expect(await requested).toMatchObject({ status: 'SUCCEEDED' });
  expect(upstream.submissions()).toHaveLength(2);
});

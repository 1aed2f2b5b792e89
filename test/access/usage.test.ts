import { expect, test } from 'vitest';
import { queuedSwap } from '../../src/swap/swap.js';
import { firstKeptMonth, monthOf, usageExpiry } from '../../src/swap/usage.js';
import { createToken, withToken } from '../../testing/client-tokens.js';
import { openEmbeddedBackend, storeEnded } from '../../testing/embedded-backend.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { sharedEnv, startGateways } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { cancelMutation, images, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const redis = redisForTests();
const usageQuery = 'query ($month: String) { me { usage(month: $month) { swaps succeeded failed } } }';
type Headers = Record<string, string>;

const usageOf = async ({ graphql }: TestGateway, headers: Headers, month?: string | null) => {
  const { data, errors } = await graphql(usageQuery, { month }, headers);
  if (errors) throw new Error(JSON.stringify(errors));
  return (data?.['me'] as { usage: unknown } | undefined)?.usage;
};

/** A ModelsLab that rejects swaps with an odd track id, and takes its time for those from 100 on. */
async function startUpstream() {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => {
    const trackId = Number(call.body['track_id']);
    if (trackId >= 100) call.answer(200, answers.processing(trackId, 600));
    else call.answer(200, trackId % 2 === 0 ? answers.success(trackId) : answers.error('No face was found'));
  });
  return upstream;
}

test('usage counts what a client and its tokens had accepted, and how it ended', async () => {
  const upstream = await startUpstream();
  const gateway = await startGateway({
    ...upstream.env,
    GATEWAY_API_KEYS: keysFor('web', 'app'),
    MODELSLAB_QUEUE_LIMIT: '1',
  });
  const ada = withToken(await createToken(gateway, 'web', 'ada'));
  const web = bearer('web');
  const request = (trackId: number, headers: Headers, more: object = {}) =>
    requestSwap(gateway, { trackId, ...more }, { headers, wait: trackId < 100 ? 20 : 0 });
  await request(2, web);
  await request(1, web);
  await request(4, ada);
  // Repetitions are the same swap.
  await request(6, web, { idempotencyKey: 'k' });
  await request(6, web, { idempotencyKey: 'k' });
  await request(100, web);
  const waiting = await request(101, ada);
  await gateway.graphql(cancelMutation, { id: waiting.id }, ada);
  expect(await usageOf(gateway, web)).toEqual({ swaps: 6, succeeded: 3, failed: 1 });
  expect(await usageOf(gateway, ada)).toEqual({ swaps: 2, succeeded: 1, failed: 0 });
  expect(await usageOf(gateway, bearer('app'))).toEqual({ swaps: 0, succeeded: 0, failed: 0 });
  const month = monthOf(Date.now());
  expect(await usageOf(gateway, web, month)).toEqual(await usageOf(gateway, web, null));
  expect(await usageOf(gateway, web, '2020-01')).toEqual({ swaps: 0, succeeded: 0, failed: 0 });
});

test.each([
  '2026',
  '2026-00',
  '2026-13',
  '2026-1',
  '26-01',
  '2026-01-01',
  '',
  ' 2026-01',
  '２026-01',
  'x'.repeat(1000),
])('the month %j is BAD_USER_INPUT', async (month) => {
  const gateway = await startGateway();
  const { errors } = await gateway.graphql(usageQuery, { month });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'month' }] });
});

test('usage is exact across restarts of a single process', async () => {
  const upstream = await startUpstream();
  const env = { ...upstream.env, GATEWAY_API_KEYS: keysFor('web'), DATA_DIR: temporaryFolder() };
  for (let start = 1; start <= 3; start += 1) {
    const gateway = await startGateway(env);
    await requestSwap(gateway, { trackId: 2 * start }, { headers: bearer('web'), wait: 20 });
    await requestSwap(gateway, { trackId: 2 * start + 1 }, { headers: bearer('web'), wait: 20 });
    expect(await usageOf(gateway, bearer('web'))).toEqual({
      swaps: 2 * start,
      succeeded: start,
      failed: start,
    });
    await gateway.gateway.close();
  }
});

test('usage is exact across instances that share Redis', async () => {
  const upstream = await startUpstream();
  const env = { ...upstream.env, ...sharedEnv(redis), GATEWAY_API_KEYS: keysFor('web') };
  const gateways = await startGateways(2, env);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      requestSwap(
        gateways[index % 2] as TestGateway,
        { trackId: index },
        { headers: bearer('web'), wait: 30 },
      ),
    ),
  );
  for (const gateway of gateways)
    expect(await usageOf(gateway, bearer('web'))).toEqual({ swaps: 20, succeeded: 10, failed: 10 });
});

test('without CLIENT_TOKEN_SECRET, instances that share Redis create no client tokens, and say why', async () => {
  const upstream = await startUpstream();
  const env = { ...upstream.env, ...sharedEnv(redis), GATEWAY_API_KEYS: keysFor('web') };
  const [gateway] = await startGateways(1, env);
  await expect(createToken(gateway as TestGateway, 'web', 'ada')).rejects.toThrow(
    /CLIENT_TOKEN_SECRET is not set.*FORBIDDEN/,
  );
});

test('a month is kept for 13 months after its end', () => {
  expect(new Date(usageExpiry('2026-01')).toISOString()).toBe('2027-03-01T00:00:00.000Z');
  expect(new Date(usageExpiry('2025-12')).toISOString()).toBe('2027-02-01T00:00:00.000Z');
  for (const month of ['2024-02', '2025-11', '2025-12', '2026-01', '2026-12']) {
    expect(firstKeptMonth(usageExpiry(month) - 1)).toBe(month);
    expect(firstKeptMonth(usageExpiry(month)) > month).toBe(true);
  }
});

test('the sweep of the embedded database removes a month when it is no longer kept, and only that', async () => {
  const clock = createManualClock(Date.now());
  const backend = openEmbeddedBackend({ dataDir: temporaryFolder(), clock });
  await storeEnded(backend, 3, clock.now() + 60_000);
  const recent = queuedSwap('recent', 'ann', { ...images, watermark: true }, clock.now());
  await backend.store.create(recent, { fingerprint: 'print' });
  const month = '1970-01';
  expect(await backend.usage.read('ann', month)).toMatchObject({ swaps: 3 });
  await clock.advance(120_000);
  await expect.poll(() => backend.usage.read('ann', month)).toMatchObject({ swaps: 0 });
  expect(await backend.usage.read('ann', monthOf(clock.now()))).toMatchObject({ swaps: 1 });
});

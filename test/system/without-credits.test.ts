import { describe, expect, test } from 'vitest';
import { readMetrics } from '../../testing/metrics.js';
import { sharedEnv, startGateways } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, type StubCall, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, readSwap, requestSwap, swapMutation, watchToEnd } from '../../testing/swap-client.js';

const redis = redisForTests();
const stores: [string, () => Record<string, string>][] = [
  ['SQLite', () => ({})],
  ['Redis', () => sharedEnv(redis)],
];
const words = 'Insufficient credits. Please add more credits to continue.';
const html = { 'content-type': 'text/html' };
const dialects: [string, (call: StubCall) => void][] = [
  ['402', (call) => call.answer(402, answers.error(words))],
  ['402 with HTML', (call) => call.answerRaw(402, html, '<h1>Payment Required</h1>')],
  ['402 without a body', (call) => call.answerRaw(402, {})],
  ['402 with another message', (call) => call.answer(402, answers.error('Request denied'))],
  ['200 with the words', (call) => call.answer(200, answers.error(words))],
  ['200 and `messege`', (call) => call.answer(200, { status: 'failed', messege: 'Not enough credits' })],
  ['200 in an envelope', (call) => call.answer(200, { data: [answers.error('Your wallet is empty')] })],
  ['200 without a status', (call) => call.answer(200, { error: 'You have no credits left' })],
  ['400', (call) => call.answer(400, answers.error('Please recharge your wallet'))],
  ['403', (call) => call.answer(403, answers.error('Account balance is not sufficient'))],
];

const statusQuery = '{ gatewayStatus { pauseReason pausedUntil queued processing } }';
const readStatus = async ({ graphql }: TestGateway) =>
  (await graphql(statusQuery)).data?.['gatewayStatus'] as Record<string, unknown>;
const paused = { pauseReason: 'ACCOUNT_CREDITS', pausedUntil: expect.stringMatching(/^\d{4}-.+Z$/) };
const running = { pauseReason: null, pausedUntil: null };
const accept = (call: StubCall): void =>
  call.answer(200, answers.success(Number(call.body['track_id']) + 100));

async function startPair(env: Record<string, string>) {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({ ...upstream.env, CREDITS_RETRY_MS: '400', ...env });
  return { upstream, gateway };
}

describe.each(stores)('on %s', (_store, storeEnv) => {
  test.each(dialects)(
    'without credits (%s) swaps wait, one is tried, and all complete once ModelsLab accepts it',
    async (_name, refuse) => {
      const { upstream, gateway } = await startPair({ ...storeEnv(), MODELSLAB_QUEUE_LIMIT: '3' });
      upstream.handle(refuse);
      const first = await requestSwap(gateway, { trackId: 1 });
      await expect.poll(() => readStatus(gateway)).toEqual({ ...paused, queued: 1, processing: 0 });
      const others = [2, 3, 4].map((trackId) => requestSwap(gateway, { trackId }));
      const ids = [first, ...(await Promise.all(others))].map(({ id }) => id);
      expect(await readSwap(gateway, first.id)).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
      await upstream.submission(1);
      await expect.poll(() => readStatus(gateway)).toEqual({ ...paused, queued: 4, processing: 0 });
      expect(upstream.submissions().map(({ body }) => body['track_id'])).toEqual([1, 1]);
      upstream.handle(accept);
      for (const id of ids)
        expect((await watchToEnd(gateway, id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
      expect(await readStatus(gateway)).toMatchObject(running);
      const accepted = upstream.submissions().slice(2);
      expect(accepted.map(({ body }) => body['track_id']).sort()).toEqual([1, 2, 3, 4]);
      expect(accepted[0]?.body['track_id']).toBe(1);
    },
  );

  test('the metric and the log tell when the pause begins and ends', async () => {
    const { upstream, gateway } = await startPair(storeEnv());
    const reasons = async () => {
      const reading = await readMetrics(gateway);
      return ['OPERATOR', 'ACCOUNT_CREDITS', 'UPSTREAM_BUSY'].map((reason) =>
        reading.value('queue_paused', { reason }),
      );
    };
    expect(await reasons()).toEqual([0, 0, 0]);
    upstream.handle((call) => call.answer(402, answers.error(words)));
    const { id } = await requestSwap(gateway, { trackId: 1 });
    await expect.poll(reasons).toEqual([0, 1, 0]);
    upstream.handle(accept);
    await watchToEnd(gateway, id);
    await expect.poll(reasons).toEqual([0, 0, 0]);
    const lines = () => gateway.logs.lines().filter(({ reason }) => reason === 'ACCOUNT_CREDITS');
    await expect.poll(() => lines().map(({ level }) => level)).toEqual(['error', 'info']);
  });

  test('a swap whose queue deadline passes meanwhile is EXPIRED, and says that the account is why', async () => {
    const { upstream, gateway } = await startPair({
      ...storeEnv(),
      CREDITS_RETRY_MS: '60000',
      QUEUE_DEADLINE_MS: '700',
    });
    upstream.handle((call) => call.answer(402, answers.error(words)));
    const refused = await requestSwap(gateway, { trackId: 1 });
    const waiting = await requestSwap(gateway, { trackId: 2 });
    for (const { id } of [refused, waiting]) {
      const end = (await watchToEnd(gateway, id)).at(-1);
      expect(end).toMatchObject({ status: 'EXPIRED', error: { code: 'UPSTREAM_ACCOUNT', retryable: false } });
      expect(end?.error?.message).not.toMatch(/credit|modelslab/i);
    }
    expect(upstream.submissions().length).toBeLessThanOrEqual(2);
    const reading = await readMetrics(gateway);
    expect(reading.value('swaps_ended_total', { status: 'EXPIRED', error_code: 'UPSTREAM_ACCOUNT' })).toBe(2);
  });

  test('the limits of the queue hold during a pause, and a waiting swap can be canceled', async () => {
    const { upstream, gateway } = await startPair({
      ...storeEnv(),
      CREDITS_RETRY_MS: '60000',
      MAX_WAITING: '2',
    });
    upstream.handle((call) => call.answer(402, answers.error(words)));
    const first = await requestSwap(gateway, { trackId: 1 });
    await expect.poll(() => readStatus(gateway)).toMatchObject(paused);
    await requestSwap(gateway, { trackId: 2 });
    const { errors } = await gateway.graphql(swapMutation, { input: { ...images, trackId: 3 } });
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'QUEUE_FULL' } });
    const { data } = await gateway.graphql(
      'mutation ($id: ID!) { cancelSwap(id: $id) { status error { code } } }',
      {
        id: first.id,
      },
    );
    expect(data?.['cancelSwap']).toEqual({ status: 'CANCELED', error: null });
  });

  test.each<[string, (call: StubCall) => void, object]>([
    [
      'a wrong key',
      (call) => call.answer(401, answers.error('Invalid API key')),
      { code: 'UPSTREAM_ACCOUNT' },
    ],
    [
      'the plan',
      (call) => call.answer(403, answers.error('This feature requires a premium subscription')),
      { code: 'UPSTREAM_ACCOUNT' },
    ],
    [
      'the words next to an id',
      (call) => call.answer(402, { ...answers.error(words), id: 7 }),
      { code: 'UPSTREAM_ACCOUNT' },
    ],
    [
      'the words with HTTP 500',
      (call) => call.answer(500, answers.error(words)),
      { code: 'UPSTREAM_ACCOUNT' },
    ],
  ])('%s fails the swap, is not submitted again, and pauses nothing', async (_name, respond, error) => {
    const { upstream, gateway } = await startPair(storeEnv());
    upstream.handle(respond);
    expect(await requestSwap(gateway, { trackId: 1 }, { wait: 20 })).toMatchObject({
      status: 'FAILED',
      error,
    });
    expect(await readStatus(gateway)).toMatchObject(running);
    expect(upstream.submissions()).toHaveLength(1);
  });
});

test('a refusal at one instance pauses all of them, and each shows it', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(402, answers.error(words)));
  const gateways = await startGateways(2, { ...upstream.env, ...sharedEnv(redis), CREDITS_RETRY_MS: '1500' });
  const swaps = await Promise.all(gateways.map((gateway, index) => requestSwap(gateway, { trackId: index })));
  for (const gateway of gateways)
    await expect.poll(() => readStatus(gateway)).toMatchObject({ ...paused, queued: 2 });
  const before = upstream.submissions().length;
  expect(before).toBeLessThanOrEqual(2);
  await upstream.submission(before);
  upstream.handle(accept);
  const [a] = gateways;
  if (!a) throw new Error('no gateway');
  for (const { id } of swaps) expect((await watchToEnd(a, id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
  expect(upstream.submissions().length).toBe(before + 3);
});

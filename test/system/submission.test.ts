import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, type StubCall, startStubModelsLab } from '../../testing/stub-modelslab.js';
import {
  cancelMutation,
  images,
  readSwap,
  requestSwap,
  swapMutation,
  watchToEnd,
} from '../../testing/swap-client.js';
import { patienceMs } from '../../testing/timeouts.js';

async function startPair(env: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({ ...upstream.env, ...env });
  return { upstream, gateway };
}

const ambiguous: [string, (call: StubCall) => void][] = [
  ['500', (call) => call.answer(500, answers.error('internal error'))],
  ['503 with HTML', (call) => call.answer(503, '<html>unavailable</html>')],
  ['a reset', (call) => call.reset()],
  ['a truncated body', (call) => call.answer(200, '{"status":"processing","id":')],
  ['a body of 2 MiB', (call) => call.answer(200, `"${'a'.repeat(2 * 1024 * 1024)}"`)],
];

test.each(ambiguous)(
  'after %s the submission is not retried; a webhook resolves it',
  async (_name, respond) => {
    const { upstream, gateway } = await startPair();
    upstream.handle(respond);
    const swap = await requestSwap(gateway);
    const watched = watchToEnd(gateway, swap.id);
    await expect
      .poll(() => readSwap(gateway, swap.id))
      .toMatchObject({ status: 'PROCESSING', modelsLabId: null });
    expect(await upstream.sendWebhook(answers.success(5))).toBe(200);
    expect((await watched).map(({ status }) => status).at(-1)).toBe('SUCCEEDED');
    expect(upstream.calls).toHaveLength(1);
  },
);

test('an outcome that stays unknown fails at the deadline, for the client to decide', async () => {
  const { upstream, gateway } = await startPair({ PROCESSING_DEADLINE_MS: '200' });
  upstream.handle((call) => call.reset());
  const swap = await requestSwap(gateway, {}, { wait: 20 });
  expect(swap).toMatchObject({ status: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN', retryable: true } });
  expect(upstream.submissions()).toHaveLength(1);
});

test('a webhook that contains only an id lets a swap of unknown outcome be polled', async () => {
  const { upstream, gateway } = await startPair({ POLL_INTERVAL_MS: '20' });
  upstream.handle((call) =>
    call.path.includes('fetch') ? call.answer(200, answers.success(9)) : call.reset(),
  );
  const swap = await requestSwap(gateway);
  await expect.poll(() => readSwap(gateway, swap.id)).toMatchObject({ status: 'PROCESSING' });
  expect(await upstream.sendWebhook(answers.processing(9))).toBe(200);
  expect((await watchToEnd(gateway, swap.id)).at(-1)).toMatchObject({
    status: 'SUCCEEDED',
    modelsLabId: '9',
  });
});

test('a swap that ModelsLab accepted but never finished times out after a final poll', async () => {
  const { upstream, gateway } = await startPair({ PROCESSING_DEADLINE_MS: '300', POLL_INTERVAL_MS: '60000' });
  upstream.handle((call) => call.answer(200, answers.processing(1, 0.01)));
  expect(await requestSwap(gateway, {}, { wait: 20 })).toMatchObject({
    status: 'FAILED',
    error: { code: 'TIMED_OUT' },
  });
  expect(upstream.calls.filter(({ path }) => path.includes('fetch')).length).toBeGreaterThanOrEqual(1);
});

test('429 requeues the swap at the front and pauses the queue for Retry-After; nothing is paid twice', async () => {
  const { upstream, gateway } = await startPair({ MODELSLAB_QUEUE_LIMIT: '1' });
  const first = await requestSwap(gateway, { trackId: 1 });
  const submission = await upstream.submission(0);
  const second = await requestSwap(gateway, { trackId: 2 });
  submission.answer(429, { ...answers.error('Rate limit exceeded.'), retry_after: 1 });
  const rejectedAt = Date.now();
  await expect.poll(() => readSwap(gateway, first.id)).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
  expect(await readSwap(gateway, second.id)).toMatchObject({ queuePosition: 2 });
  const again = await upstream.submission(1);
  expect(Date.now() - rejectedAt).toBeGreaterThanOrEqual(950);
  expect(again.body['track_id']).toBe(1);
  again.answer(200, answers.success(1));
  (await upstream.submission(2)).answer(200, answers.success(2));
  for (const { id } of [first, second])
    expect((await watchToEnd(gateway, id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
});

test('while ModelsLab is unreachable swaps wait, the status says so, and they are submitted when it recovers', async () => {
  const upstream = await startStubModelsLab();
  const closedPort = 'http://127.0.0.1:1/api/v6/deepfake';
  const gateway = await startGateway({ ...upstream.env, MODELSLAB_BASE_URL: closedPort });
  const swap = await requestSwap(gateway);
  const status = async () =>
    (await gateway.graphql('{ gatewayStatus { upstreamAvailable queued processing upstream queueLimit } }'))
      .data;
  await expect.poll(status, { timeout: 2 * patienceMs }).toEqual({
    gatewayStatus: { upstreamAvailable: false, queued: 1, processing: 0, upstream: 'LIVE', queueLimit: 5 },
  });
  expect(await readSwap(gateway, swap.id)).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
});

test('a queued swap can be canceled, and is never sent', async () => {
  const { upstream, gateway } = await startPair({ MODELSLAB_QUEUE_LIMIT: '1' });
  const running = await requestSwap(gateway, { trackId: 1 });
  const submission = await upstream.submission(0);
  const waiting = await requestSwap(gateway, { trackId: 2 });
  const watched = watchToEnd(gateway, waiting.id);

  const { data } = await gateway.graphql(cancelMutation, { id: waiting.id });
  expect(data?.['cancelSwap']).toMatchObject({ id: waiting.id, status: 'CANCELED', queuePosition: null });
  expect((await watched).at(-1)).toMatchObject({ status: 'CANCELED' });

  for (const id of [running.id, waiting.id]) {
    const { errors } = await gateway.graphql(cancelMutation, { id });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_CANCELABLE' });
  }
  submission.answer(200, answers.success(1));
  expect((await watchToEnd(gateway, running.id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
  expect(upstream.submissions()).toHaveLength(1);
});

test('a swap that waits longer than the queue deadline expires, and is never sent', async () => {
  const { upstream, gateway } = await startPair({ MODELSLAB_QUEUE_LIMIT: '1', QUEUE_DEADLINE_MS: '300' });
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  await requestSwap(gateway, { trackId: 1 });
  const waiting = await requestSwap(gateway, { trackId: 2 });
  expect((await watchToEnd(gateway, waiting.id)).at(-1)).toMatchObject({ status: 'EXPIRED', error: null });
  expect(upstream.submissions()).toHaveLength(1);
});

test('a subscriber of a queued swap gets position changes, at most once a second', async () => {
  const upstream = await startStubModelsLab();
  const clock = createManualClock(Date.now());
  const gateway = await startGateway({ ...upstream.env, MODELSLAB_QUEUE_LIMIT: '1' }, { clock });
  for (const trackId of [1, 2, 3]) await requestSwap(gateway, { trackId });
  const last = await requestSwap(gateway, { trackId: 4 });
  const positions: (number | null)[] = [];
  const feed = gateway.subscribe('subscription ($id: ID!) { swapUpdated(id: $id) { queuePosition } }', {
    id: last.id,
  });
  const watching = (async () => {
    for await (const { data } of feed) {
      const swap = data?.['swapUpdated'] as { queuePosition: number | null } | undefined;
      positions.push(swap?.queuePosition ?? null);
    }
  })();
  await expect.poll(() => positions).toEqual([3]);
  (await upstream.submission(0)).answer(200, answers.success(1));
  (await upstream.submission(1)).answer(200, answers.success(2));
  await upstream.submission(2);
  expect(positions).toEqual([3]);
  await clock.advance(1000);
  await expect.poll(() => positions).toEqual([3, 1]);
  (await upstream.submission(2)).answer(200, answers.success(3));
  (await upstream.submission(3)).answer(200, answers.success(4));
  await watching;
  expect(positions.at(-1)).toBeNull();
});

test('waiting swaps are limited per client and in total; beyond that, QUEUE_FULL with retryAfter', async () => {
  const { upstream, gateway } = await startPair({ MODELSLAB_QUEUE_LIMIT: '1', MAX_WAITING_PER_CLIENT: '2' });
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  await requestSwap(gateway, { trackId: 0 });
  await upstream.submission(0);
  const outcomes = await Promise.all(
    [1, 2, 3, 4].map((trackId) => gateway.graphql(swapMutation, { input: { ...images, trackId } })),
  );
  const rejected = outcomes.filter(({ errors }) => errors);
  expect(rejected).toHaveLength(2);
  expect(rejected[0]?.errors?.[0]?.extensions).toEqual({
    code: 'QUEUE_FULL',
    retryAfter: expect.any(Number),
  });
});

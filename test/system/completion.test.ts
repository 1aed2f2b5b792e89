import { expect, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../testing/swap-client.js';

async function startPair(env: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  const gateway = await startGateway({ ...upstream.env, ...env });
  return { upstream, gateway };
}

test.each([605, 0.3])('without any webhook a swap ends by polling, with an eta of %s s', async (eta) => {
  const { upstream, gateway } = await startPair({ POLL_INTERVAL_MS: '300' });
  const swap = await requestSwap(gateway);
  const acceptedAt = Date.now();
  (await upstream.submission()).answer(200, answers.processing(1, eta));
  const poll = await upstream.fetchCall();
  expect(Date.now() - acceptedAt).toBeGreaterThanOrEqual(250);
  expect(poll).toMatchObject({
    path: '/api/v6/deepfake/fetch/1',
    body: { key: upstream.env['MODELSLAB_API_KEY'] },
  });
  poll.answer(200, answers.processing(1));
  (await upstream.fetchCall(1)).answer(200, answers.success(1));
  expect((await watchToEnd(gateway, swap.id)).at(-1)).toMatchObject({
    status: 'SUCCEEDED',
    modelsLabId: '1',
  });
});

test('polling continues through errors, resets and rejected polls', async () => {
  const { upstream, gateway } = await startPair({ POLL_INTERVAL_MS: '10' });
  const swap = await requestSwap(gateway);
  (await upstream.submission()).answer(200, answers.processing('77', 0));
  (await upstream.fetchCall(0)).answer(500, answers.error('internal error'));
  (await upstream.fetchCall(1)).reset();
  (await upstream.fetchCall(2)).answer(429, { ...answers.error('Rate limit exceeded.'), retry_after: 1 });
  (await upstream.fetchCall(3)).answer(401, answers.error('Invalid API key'));
  (await upstream.fetchCall(4)).answer(200, '<html>');
  (await upstream.fetchCall(5)).answer(200, answers.success('77'));
  expect((await watchToEnd(gateway, swap.id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a failed generation finishes the swap immediately, in both response formats', async () => {
  const { upstream, gateway } = await startPair({ POLL_INTERVAL_MS: '10' });
  const polled = await requestSwap(gateway);
  (await upstream.submission(0)).answer(200, answers.processing(1, 0));
  (await upstream.fetchCall()).answer(200, {
    status: 'failed',
    id: '1',
    messege: 'No face detected in target image',
  });
  expect((await watchToEnd(gateway, polled.id)).at(-1)).toMatchObject({
    status: 'FAILED',
    error: {
      code: 'NO_FACE_FOUND',
      message: expect.stringContaining('No face detected in target image'),
      retryable: false,
    },
  });

  const notified = await requestSwap(gateway);
  expect(notified.id).not.toBe(polled.id);
  (await upstream.submission(1)).answer(200, answers.processing(2, 60));
  expect(await upstream.sendWebhook({ status: 'error', id: 2, message: 'GPU exploded' }, 1)).toBe(200);
  expect((await watchToEnd(gateway, notified.id)).at(-1)).toMatchObject({
    status: 'FAILED',
    error: { code: 'UPSTREAM_FAILED', retryable: true },
  });
});

test('a webhook that arrives before the response to the submission finishes the swap', async () => {
  const { upstream, gateway } = await startPair();
  const swap = await requestSwap(gateway);
  const submission = await upstream.submission();
  expect(await upstream.sendWebhook(answers.success('5'))).toBe(200);
  submission.answer(200, answers.processing(5));
  expect((await watchToEnd(gateway, swap.id)).at(-1)).toMatchObject({
    status: 'SUCCEEDED',
    modelsLabId: '5',
  });
  expect(await readSwap(gateway, swap.id)).toMatchObject({ status: 'SUCCEEDED' });
});

test('the first outcome is final: a hundred more webhooks, even with a different outcome, change nothing', async () => {
  const { upstream, gateway } = await startPair();
  const swap = await requestSwap(gateway);
  (await upstream.submission()).answer(200, answers.processing(5, 60));
  const watched = watchToEnd(gateway, swap.id);
  expect(await upstream.sendWebhook({ status: 'failed', id: 5, message: 'no' })).toBe(200);
  const states = await watched;
  const repeated = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      upstream.sendWebhook(n % 2 ? answers.success(5) : { status: 'failed', id: 5 }),
    ),
  );
  expect(new Set(repeated)).toEqual(new Set([200]));
  expect(states.filter(({ status }) => status === 'FAILED')).toHaveLength(1);
  expect(await readSwap(gateway, swap.id)).toEqual(states.at(-1));
});

test('a success with another id is confirmed by a fetch before it counts', async () => {
  const { upstream, gateway } = await startPair();
  const swap = await requestSwap(gateway);
  (await upstream.submission()).answer(200, answers.processing(5, 600));
  await expect.poll(() => readSwap(gateway, swap.id)).toMatchObject({ status: 'PROCESSING' });
  const status = upstream.sendWebhook(answers.success(6));
  const check = await upstream.fetchCall();
  expect(check.path).toMatch(/fetch\/5$/);
  check.answer(200, answers.processing(5));
  expect(await status).toBe(200);
  expect(await readSwap(gateway, swap.id)).toMatchObject({
    status: 'PROCESSING',
    modelsLabId: '5',
    output: [],
  });
});

test('a mismatched webhook that cannot be confirmed gets 503 and changes nothing', async () => {
  const { upstream, gateway } = await startPair();
  const swap = await requestSwap(gateway);
  (await upstream.submission()).answer(200, answers.processing(5, 600));
  await expect.poll(() => readSwap(gateway, swap.id)).toMatchObject({ status: 'PROCESSING' });
  const status = upstream.sendWebhook({
    ...answers.success(5),
    output: ['javascript:alert(1)'],
    proxy_links: [],
  });
  (await upstream.fetchCall()).answer(503, answers.error('unavailable'));
  expect(await status).toBe(503);
  expect(await readSwap(gateway, swap.id)).toMatchObject({ status: 'PROCESSING' });
});

test.each([
  ['a made-up token', () => `${crypto.randomUUID()}.${'A'.repeat(43)}`],
  ["another swap's signature", (own: string) => `${crypto.randomUUID()}.${own.split('.')[1]}`],
  ['no signature', (own: string) => own.split('.')[0] ?? ''],
  ['nothing', () => ''],
])('a webhook with %s gets the same 404 and does nothing', async (_name, forge) => {
  const { upstream, gateway } = await startPair();
  const swap = await requestSwap(gateway);
  const submission = await upstream.submission();
  submission.answer(200, answers.processing(5, 600));
  const own = String(submission.body['webhook']).split('/').at(-1) ?? '';
  const response = await fetch(`${gateway.url}/webhooks/modelslab/${forge(own)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(answers.success(5)),
  });
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual(await (await fetch(`${gateway.url}/no-such-path`)).json());
  expect(await readSwap(gateway, swap.id)).not.toMatchObject({ status: 'SUCCEEDED' });
});

test("a slot is held until the swap finishes, so ModelsLab's queue limit is never exceeded", async () => {
  const { upstream, gateway } = await startPair({ MODELSLAB_QUEUE_LIMIT: '2' });
  const swaps = await Promise.all([1, 2, 3, 4].map((n) => requestSwap(gateway, { trackId: n })));
  for (const index of [0, 1])
    (await upstream.submission(index)).answer(200, answers.processing(index + 1, 600));
  await expect.poll(() => readSwap(gateway, swaps[0]?.id ?? '')).toMatchObject({ status: 'PROCESSING' });
  expect(upstream.submissions()).toHaveLength(2);
  expect(await readSwap(gateway, swaps[2]?.id ?? '')).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
  expect(await readSwap(gateway, swaps[3]?.id ?? '')).toMatchObject({ status: 'QUEUED', queuePosition: 2 });
  await upstream.sendWebhook(answers.success(1), 0);
  (await upstream.submission(2)).answer(200, answers.processing(3, 600));
  expect(await readSwap(gateway, swaps[3]?.id ?? '')).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
});

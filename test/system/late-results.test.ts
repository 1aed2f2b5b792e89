import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { readMetrics } from '../../testing/metrics.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, type SeenSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const minuteMs = 60_000;
const late = answers.success(5);
const lateResult = {
  output: late.output,
  proxyLinks: late.proxy_links,
  receivedAt: expect.stringMatching(/^20.*Z$/),
};

/** A gateway with a swap that failed because its submission got no response. */
async function startFailed(env: Record<string, string> = {}, input: object = {}) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.reset());
  const settings = { ...upstream.env, PROCESSING_DEADLINE_MS: '100', DATA_DIR: temporaryFolder(), ...env };
  const gateway = await startGateway(settings);
  const failed = await requestSwap(gateway, input, { wait: 20 });
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' }, lateResult: null });
  upstream.handle((call) => call.answer(200, answers.success(99)));
  return { upstream, gateway, failed, settings };
}

async function startReceiver() {
  const received: { id: string | undefined; body: Record<string, unknown> }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const id = request.headers['webhook-id'];
    received.push({ id: String(id), body: JSON.parse(text) as Record<string, unknown> });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

/** Enough reads for the response to be cached, if it is cacheable. */
async function readOften(gateway: TestGateway, id: string): Promise<SeenSwap | null> {
  for (let n = 0; n < 8; n++) await readSwap(gateway, id);
  return readSwap(gateway, id);
}

test('a picture that arrives after the failure is shown next to it, logged, counted and posted to the client', async () => {
  const receiver = await startReceiver();
  const { upstream, gateway, failed } = await startFailed(
    { ALLOW_PRIVATE_WEBHOOKS: 'on' },
    { webhook: receiver.url },
  );
  expect(await readOften(gateway, failed.id)).toEqual(failed);
  expect(await upstream.sendWebhook(late)).toBe(200);
  const swap = await readOften(gateway, failed.id);
  expect(swap).toEqual({ ...failed, lateResult, modelsLabId: '5' });
  expect(await readSwap(gateway, '5')).toEqual(swap);
  expect(await upstream.sendWebhook(answers.success(5))).toBe(200);
  expect(await readOften(gateway, failed.id)).toEqual(swap);
  await expect.poll(() => receiver.received.length).toBe(2);
  expect(receiver.received.map(({ body }) => body['type'])).toEqual([undefined, 'swap.late_result']);
  expect(receiver.received[1]?.body).toEqual({ type: 'swap.late_result', ...swap });
  expect(receiver.received[1]?.id).not.toBe(receiver.received[0]?.id);
  const warnings = gateway.logs.lines().filter(({ level }) => level === 'warn');
  expect(warnings.map(({ msg }) => msg)).toContain(
    'result arrived after the swap had failed; stored as a late result',
  );
  expect((await readMetrics(gateway)).value('late_results_total', { source: 'webhook' })).toBe(1);
});

test('an identical request completes immediately with that picture, without a payment', async () => {
  const { upstream, gateway, failed } = await startFailed({}, { idempotencyKey: 'first' });
  await upstream.sendWebhook(late);
  const paid = upstream.submissions().length;
  const recovered = { status: 'SUCCEEDED', recoveredFrom: failed.id, output: late.output, error: null };

  const plain = await requestSwap(gateway);
  expect(plain).toMatchObject(recovered);
  expect(plain.id).not.toBe(failed.id);
  expect(await readOften(gateway, plain.id)).toEqual(plain);
  expect(await requestSwap(gateway, { idempotencyKey: 'new' })).toMatchObject(recovered);
  expect(await requestSwap(gateway, { reuse: 'COMPLETED' })).toMatchObject(recovered);
  expect(await requestSwap(gateway)).toMatchObject(recovered);
  expect(await requestSwap(gateway, { idempotencyKey: 'first' })).toMatchObject({
    id: failed.id,
    status: 'FAILED',
    lateResult,
  });
  expect(upstream.submissions()).toHaveLength(paid);

  expect(await requestSwap(gateway, { reuse: 'NEVER' }, { wait: 20 })).toMatchObject({
    status: 'SUCCEEDED',
    recoveredFrom: null,
  });
  expect(await requestSwap(gateway, { watermark: false }, { wait: 20 })).toMatchObject({
    recoveredFrom: null,
  });
  expect(upstream.submissions()).toHaveLength(paid + 2);
  expect(await requestSwap(gateway)).toMatchObject(recovered);
});

test('concurrent requests cause no payment, and one key is one swap', async () => {
  const { upstream, gateway } = await startFailed();
  await upstream.sendWebhook(late);
  const paid = upstream.submissions().length;
  const keyed = await Promise.all(
    Array.from({ length: 20 }, () => requestSwap(gateway, { idempotencyKey: 'k' })),
  );
  const plain = await Promise.all(Array.from({ length: 20 }, () => requestSwap(gateway)));
  expect(new Set(keyed.map(({ id }) => id)).size).toBe(1);
  for (const swap of [...keyed, ...plain])
    expect(swap).toMatchObject({ status: 'SUCCEEDED', output: late.output });
  expect(upstream.submissions()).toHaveLength(paid);
});

test("another client's identical request does not get the late result", async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.reset());
  const gateway = await startGateway({
    ...upstream.env,
    PROCESSING_DEADLINE_MS: '100',
    GATEWAY_API_KEYS: keysFor('ada', 'bob'),
  });
  await requestSwap(gateway, {}, { wait: 20, headers: bearer('ada') });
  await upstream.sendWebhook(late);
  upstream.handle((call) => call.answer(200, answers.success(6)));
  expect(await requestSwap(gateway, {}, { wait: 20, headers: bearer('bob') })).toMatchObject({
    modelsLabId: '6',
    recoveredFrom: null,
  });
  expect(await requestSwap(gateway, {}, { headers: bearer('ada') })).toMatchObject({ output: late.output });
});

test('a request before the late result is submitted, and one after it still completes with the late result', async () => {
  const { upstream, gateway, failed } = await startFailed();
  const second = await requestSwap(gateway, {}, { wait: 20 });
  expect(second).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '99', recoveredFrom: null });
  await upstream.sendWebhook(late);
  expect(await requestSwap(gateway)).toMatchObject({ recoveredFrom: failed.id });
});

test('late results survive a restart, and so does polling for them', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) =>
    call.path.includes('fetch') ? call.answer(503, 'busy') : call.answer(200, answers.processing(5, 1)),
  );
  const env = {
    ...upstream.env,
    DATA_DIR: temporaryFolder(),
    PROCESSING_DEADLINE_MS: '100',
    POLL_INTERVAL_MS: '10',
  };
  const first = await startGateway(env);
  const failed = await requestSwap(first, {}, { wait: 20 });
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'TIMED_OUT' } });
  await first.gateway.close();

  upstream.handle((call) => call.answer(200, late));
  const clock = createManualClock(Date.now());
  const second = await startGateway(env, { clock });
  await clock.advance(minuteMs);
  await expect.poll(() => readSwap(second, failed.id)).toMatchObject({ status: 'FAILED', lateResult });
  await Promise.all([second.gateway.close(), clock.advance(10_000)]);

  const third = await startGateway(env);
  expect(await readSwap(third, failed.id)).toMatchObject({ status: 'FAILED', lateResult });
  expect(await requestSwap(third)).toMatchObject({ recoveredFrom: failed.id, status: 'SUCCEEDED' });
  expect(upstream.submissions()).toHaveLength(1);
});

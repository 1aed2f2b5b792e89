import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Failpoint } from '../../src/swap/failpoint.js';
import { freePort } from '../../testing/free-port.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const crashingGateway = 'testing/crashing-gateway.ts';

/** A client webhook. `ids` are those of the events that it received. */
async function startReceiver(): Promise<{ url: string; ids: string[] }> {
  const ids: string[] = [];
  const server = createServer((request, response) => {
    ids.push(String(request.headers['webhook-id']));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ids };
}

test('an acknowledged swap survives a SIGKILL, before and after its submission', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => {
    const fetched = /fetch\/(\d+)$/.exec(call.path)?.[1];
    call.answer(
      200,
      fetched ? answers.success(fetched) : answers.processing(upstream.submissions().length, 1),
    );
  });
  const env = {
    ...upstream.env,
    DATA_DIR: temporaryFolder(),
    MODELSLAB_QUEUE_LIMIT: '1',
    POLL_INTERVAL_MS: '50',
  };
  const first = await startGatewayProcess({ ...env, POLL_INTERVAL_MS: '60000' });
  const submitted = await requestSwap(first, { trackId: 1 });
  await expect.poll(() => readSwap(first, submitted.id)).toMatchObject({ status: 'PROCESSING' });
  const waiting = await requestSwap(first, { trackId: 2 });
  expect(await first.kill('SIGKILL')).toBe('SIGKILL');

  const second = await startGatewayProcess(env);
  for (const { id } of [submitted, waiting]) {
    expect((await watchToEnd(second, id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
  }
  expect(upstream.submissions()).toHaveLength(2);
  expect(upstream.submissions().map(({ body }) => body['track_id'])).toEqual([1, 2]);
});

/** Where the process dies, and how often the swap may have been submitted in the end. */
const duringRequest: [Failpoint, number][] = [
  ['before-claim', 0],
  ['after-claim', 1],
];

test.each(duringRequest)('a crash %s does not block the same request later', async (crashAt, leftOvers) => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const env = { ...upstream.env, DATA_DIR: temporaryFolder() };
  const crashing = await startGatewayProcess({ ...env, CRASH_AT: crashAt }, crashingGateway);
  await expect(requestSwap(crashing, { idempotencyKey: 'k' })).rejects.toThrow();
  expect(await crashing.ended).toBe('SIGKILL');

  const next = await startGatewayProcess(env);
  if (leftOvers > 0) await upstream.submission(0);
  const swap = await requestSwap(next, { idempotencyKey: 'k' }, { wait: 30 });
  expect(swap).toMatchObject({ status: 'SUCCEEDED' });
  expect(upstream.submissions()).toHaveLength(1);
});

const duringRun: [Failpoint, string][] = [
  ['before-post', 'SUBMISSION_UNKNOWN'],
  ['after-post-before-store', 'SUBMISSION_UNKNOWN'],
  ['after-store-before-publish', 'SUCCEEDED'],
];

test.each(duringRun)(
  'a crash %s finishes the swap once, without another submission: %s',
  async (crashAt, end) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => call.answer(200, answers.success(1)));
    const env = { ...upstream.env, DATA_DIR: temporaryFolder(), PROCESSING_DEADLINE_MS: '1500' };
    const crashing = await startGatewayProcess({ ...env, CRASH_AT: crashAt }, crashingGateway);
    const { id } = await requestSwap(crashing);
    expect(await crashing.ended).toBe('SIGKILL');

    const next = await startGatewayProcess(env);
    const last = (await watchToEnd(next, id)).at(-1);
    expect([last?.status, last?.error?.code]).toContain(end);
    expect(upstream.submissions().length).toBeLessThanOrEqual(1);
  },
);

test.each<Failpoint>(['after-store-before-publish', 'after-outbox-before-index'])(
  "a crash %s costs the client's webhook nothing",
  async (crashAt) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) => call.answer(200, answers.success(1)));
    const receiver = await startReceiver();
    const env = { ...upstream.env, DATA_DIR: temporaryFolder(), ALLOW_PRIVATE_WEBHOOKS: 'on' };
    const crashing = await startGatewayProcess({ ...env, CRASH_AT: crashAt }, crashingGateway);
    const { id } = await requestSwap(crashing, { webhook: receiver.url });
    expect(await crashing.ended).toBe('SIGKILL');

    const next = await startGatewayProcess(env);
    await expect.poll(() => new Set(receiver.ids)).toEqual(new Set([id]));
    expect(await readSwap(next, id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(upstream.submissions()).toHaveLength(1);
  },
);

test('a submission of unknown outcome is resolved by its webhook, even in the next process', async () => {
  const upstream = await startStubModelsLab();
  const port = String(await freePort());
  const env = { ...upstream.env, DATA_DIR: temporaryFolder(), PORT: port };
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const crashing = await startGatewayProcess(
    { ...env, CRASH_AT: 'after-post-before-store' },
    crashingGateway,
  );
  const { id } = await requestSwap(crashing);
  await crashing.ended;

  const next = await startGatewayProcess(env);
  const watched = watchToEnd(next, id);
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  expect((await watched).at(-1)).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '1' });
  expect(upstream.submissions()).toHaveLength(1);
});

test.each<Failpoint>(['webhook-before-store', 'webhook-after-store'])(
  'a crash %s loses nothing, whether or not the webhook is retried',
  async (crashAt) => {
    const upstream = await startStubModelsLab();
    upstream.handle((call) =>
      call.answer(200, call.path.includes('fetch') ? answers.success(1) : answers.processing(1, 600)),
    );
    const env = {
      ...upstream.env,
      DATA_DIR: temporaryFolder(),
      POLL_INTERVAL_MS: '60000',
      PORT: String(await freePort()),
    };
    const crashing = await startGatewayProcess({ ...env, CRASH_AT: crashAt }, crashingGateway);
    const { id } = await requestSwap(crashing);
    await expect.poll(() => readSwap(crashing, id)).toMatchObject({ status: 'PROCESSING' });
    await expect(upstream.sendWebhook(answers.success(1))).rejects.toThrow();
    expect(await crashing.ended).toBe('SIGKILL');

    const next = await startGatewayProcess(env);
    expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
    expect((await watchToEnd(next, id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' });
    expect(upstream.submissions()).toHaveLength(1);
  },
);

test('a crash while a swap completes with a late result causes no submission, and the swap completes', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.reset());
  const env = {
    ...upstream.env,
    DATA_DIR: temporaryFolder(),
    PROCESSING_DEADLINE_MS: '100',
    PORT: String(await freePort()),
  };
  const crashing = await startGatewayProcess(
    { ...env, CRASH_AT: 'after-claim', CRASH_AFTER: '2' },
    crashingGateway,
  );
  const failed = await requestSwap(crashing, {}, { wait: 30 });
  expect(failed).toMatchObject({ status: 'FAILED' });
  expect(await upstream.sendWebhook(answers.success(1))).toBe(200);
  await expect(requestSwap(crashing, { idempotencyKey: 'k' })).rejects.toThrow();
  expect(await crashing.ended).toBe('SIGKILL');

  const next = await startGatewayProcess(env);
  const swap = await requestSwap(next, { idempotencyKey: 'k' }, { wait: 30 });
  expect(swap).toMatchObject({ status: 'SUCCEEDED', recoveredFrom: failed.id });
  expect(upstream.submissions()).toHaveLength(1);
});

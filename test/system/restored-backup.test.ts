import { cpSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { databaseName } from '../../src/backends/sqlite/database.js';
import { freePort } from '../../testing/free-port.js';
import { startGateway, type TestGateway } from '../../testing/start-gateway.js';
import {
  answers,
  type StubCall,
  type StubModelsLab,
  startStubModelsLab,
} from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const unknown = { status: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' } };

/** How often each track id was submitted, more than once. */
function paidTwice(upstream: StubModelsLab): unknown[] {
  const ids = upstream.submissions().map(({ body }) => body['track_id']);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

async function backUp({ gateway }: TestGateway, file: string) {
  if (!gateway.backUp) throw new Error('the gateway makes no backups');
  return gateway.backUp(file);
}

/** A copy of the directory of a gateway, as if the machine had been lost at that moment. */
function copyDirectory(from: string): string {
  const to = temporaryFolder();
  for (const name of readdirSync(from)) cpSync(join(from, name), join(to, name));
  return to;
}

/** A client webhook, with the events that it received. */
async function startReceiver(): Promise<{
  url: string;
  events: { id: string; body: Record<string, unknown> }[];
}> {
  const events: { id: string; body: Record<string, unknown> }[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    events.push({
      id: String(request.headers['webhook-id']),
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, events };
}

describe.each([
  ['made by the gateway, started with RESTORED=on', 'backup', { RESTORED: 'on' }],
  ['made by the gateway, which says by itself what it is', 'backup', {}],
  ['copied from the directory, started with RESTORED=on', 'copy', { RESTORED: 'on' }],
] as const)('a gateway on a backup %s', (_what, means, restoredEnv) => {
  /**
   * Swaps in every open state, a backup of them, and a gateway on it. In between, the original gateway submitted what was queued,
   * and paid for it.
   */
  async function restoreOpenSwaps() {
    const upstream = await startStubModelsLab();
    const receiver = await startReceiver();
    const port = String(await freePort());
    const dataDir = temporaryFolder();
    const env = {
      ...upstream.env,
      PORT: port,
      MODELSLAB_QUEUE_LIMIT: '3',
      POLL_INTERVAL_MS: '600000',
      ALLOW_PRIVATE_WEBHOOKS: 'on',
    };
    const held: StubCall[] = [];
    let isFast = false;
    upstream.handle((call) => {
      const fetched = /fetch\/(\w+)$/.exec(call.path)?.[1];
      const track = Number(call.body['track_id']);
      if (fetched !== undefined) call.answer(200, answers.success(fetched));
      else if (isFast || track === 1) call.answer(200, answers.success(1000 + track));
      else if (track === 2) call.answer(200, answers.processing(1002));
      // Of the third, the response is lost; of the fourth, it is late.
      else if (track === 3) call.reset();
      else held.push(call);
    });

    const original = await startGateway({ ...env, DATA_DIR: dataDir });
    const ask = (trackId: number) =>
      requestSwap(original, { trackId, idempotencyKey: `key-${trackId}`, webhook: receiver.url });
    const finished = await ask(1);
    await expect.poll(() => readSwap(original, finished.id)).toMatchObject({ status: 'SUCCEEDED' });
    const processing = await ask(2);
    await expect.poll(() => readSwap(original, processing.id)).toMatchObject({ modelsLabId: '1002' });
    const lost = await ask(3);
    await expect.poll(() => readSwap(original, lost.id)).toMatchObject({ status: 'PROCESSING' });
    const submitting = await ask(4);
    await upstream.submission(3);
    const queued = [await ask(5), await ask(6)];

    const folder = temporaryFolder();
    let restoredDir = folder;
    if (means === 'backup')
      expect(await backUp(original, join(folder, databaseName))).toMatchObject({ swaps: 6, openSwaps: 5 });
    else restoredDir = copyDirectory(dataDir);
    isFast = true;
    for (const call of held) call.answer(200, answers.success(1004));
    for (const { id } of queued)
      await expect.poll(() => readSwap(original, id)).toMatchObject({ status: 'SUCCEEDED' });
    // Otherwise, a client webhook of the original could be lost with it.
    await expect.poll(() => new Set(receiver.events.map(({ id }) => id)).size).toBeGreaterThanOrEqual(4);
    await original.gateway.close();
    const submissions = upstream.submissions().length;

    const restored = await startGateway({ ...env, ...restoredEnv, DATA_DIR: restoredDir });
    return {
      upstream,
      receiver,
      env,
      restored,
      restoredDir,
      submissions,
      finished,
      processing,
      lost,
      submitting,
      queued,
    };
  }

  test('submits nothing that was open, and ends it as SUBMISSION_UNKNOWN', async () => {
    const { upstream, restored, submissions, finished, processing, lost, submitting, queued } =
      await restoreOpenSwaps();
    expect(await readSwap(restored, finished.id)).toMatchObject({ status: 'SUCCEEDED' });
    for (const { id } of [processing, lost, submitting, ...queued])
      expect(await readSwap(restored, id)).toMatchObject(unknown);
    const next = await requestSwap(restored, { trackId: 7 }, { wait: 30 });
    expect(next).toMatchObject({ status: 'SUCCEEDED' });
    expect(upstream.submissions()).toHaveLength(submissions + 1);
    expect(paidTwice(upstream)).toEqual([]);
  });

  test('accepts their results all the same, from webhooks and, for known ids, from polls', async () => {
    const { upstream, receiver, restored, processing, lost, queued } = await restoreOpenSwaps();
    await expect
      .poll(() => readSwap(restored, processing.id), { timeout: 30_000 })
      .toMatchObject({ ...unknown, lateResult: { output: ['https://files.example.com/1002.jpg'] } });
    const [first] = queued;
    const index = upstream.submissions().findIndex(({ body }) => body['track_id'] === 5);
    expect(await upstream.sendWebhook({ ...answers.success(1005), track_id: 5 }, index)).toBe(200);
    expect(await readSwap(restored, first?.id ?? '')).toMatchObject({
      ...unknown,
      lateResult: { output: ['https://files.example.com/1005.jpg'] },
    });
    expect(await upstream.sendWebhook({ ...answers.success(1003), track_id: 3 }, 2)).toBe(200);
    expect(await readSwap(restored, lost.id)).toMatchObject({ lateResult: {} });
    // An identical request completes with it instead of being paid again.
    const again = await requestSwap(restored, { trackId: 5, webhook: receiver.url }, { wait: 30 });
    expect(again).toMatchObject({ status: 'SUCCEEDED', recoveredFrom: first?.id });
    expect(paidTwice(upstream)).toEqual([]);
  });

  test('returns the same swap for the same idempotency key', async () => {
    const { upstream, receiver, restored, submissions, queued, finished } = await restoreOpenSwaps();
    for (const [trackId, { id }] of [
      [1, finished],
      [5, queued[0]],
      [6, queued[1]],
    ] as [number, { id: string }][]) {
      const input = { trackId, idempotencyKey: `key-${trackId}`, webhook: receiver.url };
      expect(await requestSwap(restored, input)).toMatchObject({ id });
    }
    expect(upstream.submissions()).toHaveLength(submissions);
  });

  test("reports the end to the clients' webhooks under the id that was used for it before", async () => {
    const { receiver, queued } = await restoreOpenSwaps();
    const statuses = (id: string) =>
      receiver.events.filter((event) => event.id === id).map(({ body }) => body['status']);
    for (const { id } of queued) await expect.poll(() => statuses(id)).toEqual(['SUCCEEDED', 'FAILED']);
  });

  test('is an ordinary gateway at the next start', async () => {
    const { upstream, env, restored, restoredDir, submissions } = await restoreOpenSwaps();
    upstream.handle(() => undefined);
    const waiting = await Promise.all([1, 2, 3, 4].map((n) => requestSwap(restored, { trackId: 100 + n })));
    await upstream.submission(submissions + 2);
    for (const { response } of upstream.calls) response.destroy();
    await restored.gateway.close();
    upstream.handle((call) => call.answer(200, answers.success(2000 + upstream.calls.length)));
    const next = await startGateway({ ...env, UNKNOWN_SLOT_MS: '1', DATA_DIR: restoredDir });
    await expect.poll(() => readSwap(next, waiting[3]?.id ?? '')).toMatchObject({ status: 'SUCCEEDED' });
    expect(paidTwice(upstream)).toEqual([]);
  });
});

test('of a gateway under load, restored while the original went on, nothing is paid twice', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.success(upstream.submissions().length)));
  const env = {
    ...upstream.env,
    MODELSLAB_QUEUE_LIMIT: '2',
    MAX_WAITING_PER_CLIENT: '5000',
    RATE_LIMIT: 'off',
  };
  const original = await startGateway(env);
  let isStopped = false;
  const accepted: { id: string; trackId: number }[] = [];
  let next = 0;
  const load = Promise.all(
    Array.from({ length: 10 }, async () => {
      while (!isStopped) {
        next += 1;
        const trackId = next;
        const { id } = await requestSwap(original, { trackId, idempotencyKey: `key-${trackId}` });
        accepted.push({ id, trackId });
      }
    }),
  );
  await expect.poll(() => accepted.length).toBeGreaterThan(100);
  const before = [...accepted];
  const restoredDir = temporaryFolder();
  const { openSwaps } = await backUp(original, join(restoredDir, databaseName));
  isStopped = true;
  await load;
  for (const { id } of accepted)
    await expect.poll(() => readSwap(original, id)).toMatchObject({ status: 'SUCCEEDED' });
  await original.gateway.close();
  const paid = upstream.submissions().length;

  const restored = await startGateway({ ...env, RESTORED: 'on', DATA_DIR: restoredDir });
  const seen = await Promise.all(before.map(({ id }) => readSwap(restored, id)));
  expect(seen.filter((swap) => swap === null)).toEqual([]);
  expect(seen.filter((swap) => swap?.error?.code === 'SUBMISSION_UNKNOWN').length).toBeGreaterThan(0);
  expect(openSwaps).toBeGreaterThan(0);
  for (const { id, trackId } of before)
    expect(await requestSwap(restored, { trackId, idempotencyKey: `key-${trackId}` })).toMatchObject({ id });
  expect(upstream.submissions()).toHaveLength(paid);
  expect(paidTwice(upstream)).toEqual([]);
});

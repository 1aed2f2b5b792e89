import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../../testing/gateway-process.js';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { startGateway, type TestGateway } from '../../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { readSwap, requestSwap, watchToEnd } from '../../../testing/swap-client.js';
import { patienceMs } from '../../../testing/timeouts.js';

const server = redisForTests();

/** A ModelsLab that has finished a swap when it is first polled. */
async function start(more: Record<string, string> = {}) {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => {
    const id = Number(call.path.split('/').at(-1));
    call.answer(
      200,
      call.path.includes('fetch')
        ? answers.success(id)
        : answers.processing(upstream.submissions().length, 0.05),
    );
  });
  const env = { ...upstream.env, ...sharedEnv(server), POLL_INTERVAL_MS: '50', ...more };
  return { upstream, env };
}

test('after an instance is killed, another continues its runs and its accepted swaps', async () => {
  const { upstream, env } = await start({ MODELSLAB_QUEUE_LIMIT: '1' });
  upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
  const first = await startGatewayProcess(env);
  const submitted = await requestSwap(first, { trackId: 1 });
  await expect.poll(() => readSwap(first, submitted.id)).toMatchObject({ status: 'PROCESSING' });
  const waiting = await requestSwap(first, { trackId: 2 });
  const second = await startGateway(env);
  const watched = [submitted, waiting].map(({ id }) => watchToEnd(second, id));
  await first.kill('SIGKILL');

  expect(await readSwap(second, waiting.id)).toMatchObject({ status: 'QUEUED', queuePosition: 1 });
  await webhook(second, upstream, 0);
  await upstream.submission(1);
  await webhook(second, upstream, 1);
  for (const seen of await Promise.all(watched)) expect(seen.at(-1)?.status).toBe('SUCCEEDED');
  expect(upstream.submissions().map(({ body }) => body['track_id'])).toEqual([1, 2]);
});

test('after an instance is stopped during a submission, another takes over, and nothing is submitted twice', async () => {
  const { upstream, env } = await start({ PROCESSING_DEADLINE_MS: '60000' });
  upstream.handle(() => undefined);
  const slow = await startGatewayProcess(env);
  const { id } = await requestSwap(slow);
  const call = await upstream.submission();
  const other = await startGateway(env);
  slow.child.kill('SIGSTOP');
  await expect
    .poll(() => readSwap(other, id), { timeout: 2 * patienceMs })
    .toMatchObject({ status: 'PROCESSING' });
  upstream.handle((next) => next.answer(200, answers.success(1)));
  call.answer(200, answers.processing(1, 0.05));
  const watched = watchToEnd(other, id);
  slow.child.kill('SIGCONT');
  expect((await watched).at(-1)).toMatchObject({ status: 'SUCCEEDED', modelsLabId: '1' });
  expect(upstream.submissions()).toHaveLength(1);
});

test('after an instance dies between accepting a swap and queueing it, another finds and runs it', async () => {
  const { upstream, env } = await start();
  const crashing = await startGatewayProcess(
    { ...env, CRASH_AT: 'after-claim' },
    'testing/crashing-gateway.ts',
  );
  await expect(requestSwap(crashing, { idempotencyKey: 'k' })).rejects.toThrow();
  expect(await crashing.ended).toBe('SIGKILL');
  const next = await startGateway(env);
  await upstream.submission();
  expect(await requestSwap(next, { idempotencyKey: 'k' }, { wait: 10 })).toMatchObject({
    status: 'SUCCEEDED',
  });
  expect(upstream.submissions()).toHaveLength(1);
});

test('in a rolling restart of three instances under load, every swap succeeds and is submitted once', async () => {
  const { upstream, env } = await start({ MODELSLAB_QUEUE_LIMIT: '2' });
  const instances = await Promise.all([startGateway(env), startGateway(env), startGateway(env)]);
  const ids: string[] = [];
  const request = async (gateway: TestGateway) => {
    const swaps = Array.from({ length: 8 }, (_, n) =>
      requestSwap(gateway, { trackId: ids.length * 100 + n }),
    );
    for (const { id } of await Promise.all(swaps)) ids.push(id);
  };
  for (const [index, old] of instances.entries()) {
    await request(old);
    await old.gateway.close();
    instances[index] = await startGateway(env);
  }
  const [last] = instances;
  if (!last) throw new Error('no gateway');
  const ends = await Promise.all(ids.map(async (id) => (await watchToEnd(last, id)).at(-1)?.status));
  expect(ends).toEqual(ids.map(() => 'SUCCEEDED'));
  expect(upstream.submissions()).toHaveLength(ids.length);
});

/** ModelsLab's webhook for its n-th submission, sent to a live instance. */
async function webhook(
  { url }: { url: string },
  upstream: Awaited<ReturnType<typeof startStubModelsLab>>,
  index: number,
): Promise<void> {
  const { body } = await upstream.submission(index);
  const response = await fetch(url + new URL(String(body['webhook'])).pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(answers.success(index + 1)),
  });
  expect(response.status).toBe(200);
}

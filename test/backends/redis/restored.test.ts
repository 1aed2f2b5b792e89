import { createClient, RESP_TYPES } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { sharedEnv } from '../../../testing/redis-gateways.js';
import { startRedis } from '../../../testing/redis-server.js';
import { startGateway } from '../../../testing/start-gateway.js';
import { answers, type StubCall, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../../testing/swap-client.js';

const unknown = { status: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' } };

test('instances on a restored Redis submit nothing that was open, and everything that is new', async () => {
  const server = await startRedis();
  const upstream = await startStubModelsLab();
  const env = {
    ...sharedEnv(server),
    ...upstream.env,
    MODELSLAB_QUEUE_LIMIT: '1',
    UNKNOWN_SLOT_MS: '600000',
  };
  const client = createClient({ url: server.url }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  await client.connect();
  onTestFinished(() => client.destroy());
  let isHeld = true;
  const held: StubCall[] = [];
  upstream.handle((call) => {
    if (isHeld) held.push(call);
    else call.answer(200, answers.success(3000 + upstream.calls.length));
  });

  const original = await startGateway(env);
  const submitting = await requestSwap(original, { trackId: 1 });
  await upstream.submission(0);
  const queued = await Promise.all([2, 3, 4].map((trackId) => requestSwap(original, { trackId })));
  const keys = await client.keys('*');
  const saved = await Promise.all(
    keys.map(async (key) => ({
      key,
      ttl: Math.max(await client.pTTL(key), 0),
      value: await client.dump(key),
    })),
  );
  isHeld = false;
  for (const call of held) call.answer(200, answers.success(3000));
  for (const { id } of queued)
    await expect.poll(() => readSwap(original, id)).toMatchObject({ status: 'SUCCEEDED' });
  await original.gateway.close();
  expect(upstream.submissions()).toHaveLength(4);
  await client.flushAll();
  for (const { key, ttl, value } of saved) if (value !== null) await client.restore(key, ttl, value as never);

  const restored = { ...env, RESTORED: 'on' };
  const [first, second] = await Promise.all([startGateway(restored), startGateway(restored)]);
  for (const { id } of [submitting, ...queued]) {
    expect(await readSwap(first, id)).toMatchObject(unknown);
    expect(await readSwap(second, id)).toMatchObject(unknown);
  }
  const next = await requestSwap(first, { trackId: 5 }, { wait: 30 });
  expect(next).toMatchObject({ status: 'SUCCEEDED' });

  isHeld = true;
  held.length = 0;
  const running = await requestSwap(first, { trackId: 6 });
  const waiting = await requestSwap(first, { trackId: 7 });
  await upstream.submission(5);
  // Another instance that starts later with the same settings leaves them alone.
  const third = await startGateway(restored);
  isHeld = false;
  for (const call of held) call.answer(200, answers.success(4000));
  for (const { id } of [running, waiting])
    await expect.poll(() => readSwap(third, id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(upstream.submissions().map(({ body }) => body['track_id'])).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('the gateway leaves backups of Redis to Redis', async () => {
  const server = await startRedis();
  const { gateway } = await startGateway({ ...sharedEnv(server), ...(await startStubModelsLab()).env });
  expect(gateway.backUp).toBeUndefined();
});

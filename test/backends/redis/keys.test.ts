import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { sharedEnv, startGateways } from '../../../testing/redis-gateways.js';
import { redisForTests } from '../../../testing/redis-server.js';
import { answers, startStubModelsLab } from '../../../testing/stub-modelslab.js';
import { requestSwap, watchToEnd } from '../../../testing/swap-client.js';

const server = redisForTests();

async function connect() {
  const client = createClient({ url: server.url });
  onTestFinished(() => client.destroy());
  return client.connect();
}

test('every key has the prefix and a TTL, while swaps are queued, running and finished', async () => {
  const env = sharedEnv(server);
  const prefix = env['REDIS_PREFIX'] ?? '';
  const client = await connect();
  const before = new Set(await client.keys('*'));
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
  const [a, b] = await startGateways(2, { ...upstream.env, ...env, MODELSLAB_QUEUE_LIMIT: '2' });
  if (!a || !b) throw new Error('no gateways');
  const swaps = await Promise.all(
    [1, 2, 3, 4].map((n) => requestSwap(n % 2 ? a : b, { trackId: n, idempotencyKey: `k${n}` })),
  );
  await upstream.submission(1);
  expect(await upstream.sendWebhook(answers.success(1), 0)).toBe(200);
  const ended = await Promise.race(swaps.map(({ id }) => watchToEnd(a, id)));
  expect(ended.at(-1)?.status).toBe('SUCCEEDED');
  await upstream.submission(2);

  const keysWithoutTtl = async () => {
    const others = (await client.keys('*')).filter((key) => !before.has(key) && !key.startsWith('test:'));
    expect(others).toEqual([]);
    const keys = await client.keys(`${prefix}*`);
    expect(keys.length).toBeGreaterThan(10);
    const ttls = await Promise.all(keys.map(async (key) => [key, await client.pTTL(key)] as const));
    return ttls.filter(([, ttl]) => ttl === -1).map(([key]) => key.slice(prefix.length));
  };
  // The next heartbeat sets the TTL of the keys of the whole queue.
  await expect.poll(keysWithoutTtl).toEqual([]);
});

test('a swap takes about thirty Redis commands, including its request, a subscription and its webhook', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(upstream.submissions().length, 600)));
  const [gateway] = await startGateways(1, { ...upstream.env, ...sharedEnv(server) });
  if (!gateway) throw new Error('no gateway');
  const monitor = await connect();
  const commands: string[] = [];
  await monitor.monitor((line) => {
    const [, source, command = ''] = /\[\d+ (\S+)\] "(\w+)"/.exec(String(line)) ?? [];
    if (source !== 'lua' && command.toUpperCase() !== 'PING') commands.push(command.toUpperCase());
  });
  const swaps = 20;
  for (let n = 0; n < swaps; n++) {
    const { id } = await requestSwap(gateway, { trackId: n });
    const watched = watchToEnd(gateway, id);
    await upstream.submission(n);
    await expect.poll(() => upstream.sendWebhook(answers.success(n + 1), n)).toBe(200);
    await watched;
  }
  const perSwap = commands.length / swaps;
  const counts = Map.groupBy(commands, (command) => command);
  const detail = [...counts].map(([command, all]) => `${command} ${all.length / swaps}`).join(', ');
  expect(perSwap, detail).toBeLessThan(32);
});

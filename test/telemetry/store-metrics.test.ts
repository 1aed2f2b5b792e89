import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import { createClientsFile } from '../../testing/clients-file.js';
import { eraseSwap, statesOf } from '../../testing/erasure.js';
import { readMetrics } from '../../testing/metrics.js';
import { sharedEnv, startGateways } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { startStubModelsLab } from '../../testing/stub-modelslab.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

test('an embedded gateway shows its disk and its database, and nothing of Redis', async () => {
  const folder = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR: folder });
  await requestSwap(gateway, {}, { wait: 20 });
  const { value } = await readMetrics(gateway);
  expect(value('disk_bytes')).toBeGreaterThan(1e8);
  expect(value('disk_free_bytes')).toBeGreaterThan(0);
  expect(value('disk_free_bytes')).toBeLessThanOrEqual(value('disk_bytes') ?? 0);
  const bytesOf = (name: string): number => statSync(join(folder, name)).size;
  expect(value('database_bytes')).toBe(bytesOf('gateway.sqlite'));
  expect(value('database_wal_bytes')).toBe(bytesOf('gateway.sqlite-wal'));
  expect(value('database_wal_bytes')).toBeGreaterThan(0);
  for (const name of ['redis_memory_bytes', 'redis_max_memory_bytes']) expect(value(name)).toBeUndefined();
});

test('a gateway on Redis shows its memory and limit, and neither while Redis hangs or refuses INFO', async () => {
  const redis = await startRedis();
  const operator = createClient({ url: redis.url }).on('error', () => undefined);
  await operator.connect();
  onTestFinished(() => operator.destroy());
  const upstream = await startStubModelsLab();
  const DATA_DIR = join(temporaryFolder(), 'not-created-yet');
  const [gateway] = await startGateways(1, { ...upstream.env, ...sharedEnv(redis), DATA_DIR });
  if (!gateway) throw new Error('no gateway');
  const before = await readMetrics(gateway);
  expect(before.value('redis_memory_bytes')).toBeGreaterThan(100_000);
  expect(before.value('redis_max_memory_bytes')).toBe(0);
  expect(before.value('database_bytes')).toBeUndefined();
  expect(before.value('disk_free_bytes')).toBeGreaterThan(0);

  await operator.sendCommand(['CONFIG', 'SET', 'maxmemory', '64mb']);
  expect((await readMetrics(gateway)).value('redis_max_memory_bytes')).toBe(64 * 2 ** 20);

  await operator.sendCommand(['ACL', 'SETUSER', 'default', '-info']);
  const refused = await readMetrics(gateway);
  expect(refused.value('redis_memory_bytes')).toBeUndefined();
  expect(refused.value('queue_waiting')).toBe(0);
  await operator.sendCommand(['ACL', 'SETUSER', 'default', '+info']);

  redis.signal('SIGSTOP');
  expect((await readMetrics(gateway)).value('redis_memory_bytes')).toBeUndefined();
  redis.signal('SIGCONT');
  await expect
    .poll(async () => (await readMetrics(gateway)).value('redis_memory_bytes'))
    .toBeGreaterThan(100_000);
});

test('an invalid CLIENTS_FILE shows until it is valid again', async () => {
  const file = createClientsFile({ name: 'web' });
  const metricsToken = 'a-token-for-prometheus';
  const gateway = await startGateway({ CLIENTS_FILE: file.path, METRICS_TOKEN: metricsToken });
  const invalid = async () =>
    (await readMetrics(gateway, { authorization: `Bearer ${metricsToken}` })).value('clients_file_invalid');
  expect(await invalid()).toBe(0);
  file.writeText('{"clients": [');
  await gateway.gateway.reload();
  expect(await invalid()).toBe(1);
  file.write({ name: 'web' });
  await gateway.gateway.reload();
  expect(await invalid()).toBe(0);
});

test('requests to delete a result at ModelsLab count by outcome', async () => {
  const sandbox = await createSandbox({
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [0, 0] },
  });
  onTestFinished(sandbox.close);
  const gateway = await startGateway({}, { sandbox });
  const swap = await requestSwap(gateway, {}, { wait: 20 });
  const count = async (outcome: string) =>
    (await readMetrics(gateway)).value('modelslab_calls_total', { call: 'erase', outcome });
  expect([await count('erased'), await count('refused'), await count('unavailable')]).toEqual([0, 0, 0]);
  expect(statesOf(await eraseSwap(gateway, swap.id))).toMatchObject({ MODELSLAB: 'DONE' });
  expect([await count('erased'), await count('refused')]).toEqual([1, 0]);
});

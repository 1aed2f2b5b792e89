import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import { databaseName } from '../../src/backends/sqlite/database.js';
import type { Failpoint } from '../../src/swap/failpoint.js';
import { readArchive } from '../../testing/archived-swap.js';
import { eraseSwap, statesOf } from '../../testing/erasure.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { s3Environment, startS3Server } from '../../testing/s3-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';

const allDone = { RECORD: 'DONE', FILES: 'DONE', UPLOADS: 'DONE', WEBHOOKS: 'DONE', MODELSLAB: 'DONE' };
const erasedQuery = 'query ($id: ID!) { swapResult(id: $id) { status erasedAt output } }';

async function startUpstream() {
  const apiKey = 'key-of-the-erasure-tests';
  const sandbox = await createSandbox({
    apiKey,
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [0, 0] },
  });
  onTestFinished(sandbox.close);
  return { sandbox, env: { MODELSLAB_API_KEY: apiKey, MODELSLAB_BASE_URL: sandbox.baseUrl } };
}

test.each<Failpoint>(['after-erasure-requested', 'after-erasure-planned', 'after-erasure-saved'])(
  'a crash %s does not keep the erasure from being finished',
  { timeout: longTestTimeoutMs },
  async (crashAt) => {
    const { env } = await startUpstream();
    const settings = { ...env, DATA_DIR: temporaryFolder() };
    const crashing = await startGatewayProcess(
      { ...settings, CRASH_AT: crashAt },
      'testing/crashing-gateway.ts',
    );
    const { id } = await requestSwap(crashing, {}, { wait: 20 });
    await expect.poll(async () => (await readArchive(crashing, id)).archiveState).toBe('STORED');
    await eraseSwap(crashing, id).catch(() => undefined);
    await crashing.ended;
    const next = await startGatewayProcess(settings);
    // Nobody asks for it again.
    await expect
      .poll(async () => (await next.graphql(erasedQuery, { id })).data?.['swapResult'], {
        timeout: 60_000,
      })
      .toMatchObject({ status: 'SUCCEEDED', erasedAt: expect.any(String), output: [] });
    await expect.poll(async () => statesOf(await eraseSwap(next, id)), { timeout: 60_000 }).toEqual(allDone);
  },
);

test('an erasure on one instance reaches the caches of the others', async () => {
  const [{ env }, redis, s3] = [await startUpstream(), await startRedis(), await startS3Server()];
  onTestFinished(s3.close);
  const shared = { ...env, ...sharedEnv(redis), ...s3Environment(s3), PUBLIC_URL: 'https://gateway.example' };
  const [first, second] = [await startGateway(shared), await startGateway(shared)];
  const { id } = await requestSwap(first, {}, { wait: 20 });
  for (const instance of [first, second])
    await expect.poll(async () => (await readArchive(instance, id)).archiveState).toBe('STORED');
  const { output } = await readArchive(second, id);
  const path = new URL(output[0] ?? '').pathname;
  expect((await fetch(`${second.url}${path}`)).status).toBe(200);
  await eraseSwap(first, id);
  await expect.poll(async () => (await readArchive(second, id)).output).toEqual([]);
  expect((await fetch(`${second.url}${path}`)).status).toBe(404);
});

test('a restored backup does not bring erased swaps back', { timeout: longTestTimeoutMs }, async () => {
  const { env } = await startUpstream();
  const dataDir = temporaryFolder();
  const gateway = await startGateway({ ...env, DATA_DIR: dataDir });
  const [erased, kept] = [
    await requestSwap(gateway, { trackId: 1 }, { wait: 20 }),
    await requestSwap(gateway, { trackId: 2 }, { wait: 20 }),
  ];
  const backup = join(temporaryFolder(), 'backup.sqlite');
  await gateway.gateway.backUp?.(backup);
  await eraseSwap(gateway, erased.id);
  await gateway.gateway.close();
  cpSync(backup, join(dataDir, databaseName));
  const restored = await startGateway({ ...env, DATA_DIR: dataDir });
  await expect
    .poll(async () => (await restored.graphql(erasedQuery, { id: erased.id })).data?.['swapResult'])
    .toMatchObject({ erasedAt: expect.any(String), output: [] });
  expect((await readSwap(restored, kept.id))?.output).toHaveLength(1);
});

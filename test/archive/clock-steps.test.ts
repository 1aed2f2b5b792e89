import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import { systemClock } from '../../src/lib/clock.js';
import { readArchive } from '../../testing/archived-swap.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import type { GraphqlTestClient } from '../../testing/graphql-client.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { startRedis } from '../../testing/redis-server.js';
import { s3Environment, startS3Server } from '../../testing/s3-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
/** Longer than a few retries, shorter than any clock error here. */
const soon = { timeout: 20_000 };

const deployments = {
  'on disk': async () => ({ DATA_DIR: temporaryFolder() }),
  'in a bucket of instances on Redis': async () => {
    const s3 = await startS3Server();
    onTestFinished(s3.close);
    return { ...sharedEnv(await startRedis()), ...s3Environment(s3) };
  },
};

/** A ModelsLab for gateways in any process, whose pictures can be unavailable. */
async function startUpstream() {
  const apiKey = 'key-of-the-clock-tests';
  const sandbox = await createSandbox({
    apiKey,
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [0, 0] },
  });
  onTestFinished(sandbox.close);
  return {
    env: { MODELSLAB_API_KEY: apiKey, MODELSLAB_BASE_URL: sandbox.baseUrl },
    setAvailable: (isAvailable: boolean) => sandbox.setFaults({ pictureError: isAvailable ? 0 : 1 }),
    /** Attempts to read a picture that was unavailable. */
    refusals: () => sandbox.injected()['pictureError'] ?? 0,
  };
}

let lastNumber = 0;

async function succeed(gateway: GraphqlTestClient): Promise<string> {
  lastNumber += 1;
  const swap = await requestSwap(gateway, { trackId: lastNumber }, { wait: 20 });
  expect(swap.status).toBe('SUCCEEDED');
  return swap.id;
}

const expectStored = (gateway: GraphqlTestClient, id: string): Promise<void> =>
  expect.poll(async () => (await readArchive(gateway, id)).archiveState, soon).toBe('STORED');

for (const [place, deploy] of Object.entries(deployments)) {
  test.each([11 * minuteMs, 5 * dayMs, -11 * minuteMs, -5 * dayMs])(
    `an archive ${place} completes a copy that a process whose clock was off by %s ms had put off`,
    { timeout: longTestTimeoutMs },
    async (errorMs) => {
      const upstream = await startUpstream();
      const env = { ...upstream.env, ...(await deploy()) };
      upstream.setAvailable(false);
      const clock = { ...systemClock, now: () => Date.now() + errorMs };
      const wrong = await startGateway(env, { clock });
      const id = await succeed(wrong);
      await expect.poll(upstream.refusals, soon).toBeGreaterThan(1);
      await wrong.gateway.close();
      upstream.setAvailable(true);
      await expectStored(await startGateway(env), id);
    },
  );

  test.each([
    ['ahead', 11 * minuteMs],
    ['back', -11 * minuteMs],
  ])(
    `an archive ${place} goes on copying when its clock is set %s, and then right`,
    {
      timeout: longTestTimeoutMs,
    },
    async (_name, errorMs) => {
      const upstream = await startUpstream();
      let currentErrorMs = errorMs;
      const clock = { ...systemClock, now: () => Date.now() + currentErrorMs };
      const gateway = await startGateway({ ...upstream.env, ...(await deploy()) }, { clock });
      upstream.setAvailable(false);
      // More than are copied at a time, so that some wait in the schedule.
      const ids: string[] = [];
      for (let n = 0; n < 6; n += 1) ids.push(await succeed(gateway));
      await expect.poll(upstream.refusals, soon).toBeGreaterThan(6);
      currentErrorMs = 0;
      upstream.setAvailable(true);
      for (const id of ids) await expectStored(gateway, id);
    },
  );
}

test('a copy that was put off with a wrong clock is completed after a kill', {
  timeout: longTestTimeoutMs,
}, async () => {
  const upstream = await startUpstream();
  const settings = { ...upstream.env, DATA_DIR: temporaryFolder() };
  upstream.setAvailable(false);
  const killed = await startGatewayProcess(settings, 'testing/crashing-gateway.ts');
  killed.child.kill('SIGHUP');
  const id = await succeed(killed);
  await expect.poll(upstream.refusals, soon).toBeGreaterThan(1);
  await killed.kill('SIGKILL');
  upstream.setAvailable(true);
  await expectStored(await startGatewayProcess(settings), id);
});

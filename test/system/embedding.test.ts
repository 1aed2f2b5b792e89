import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { killWithParent } from '../../testing/kill-with-parent.js';
import { startRedis } from '../../testing/redis-server.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { atMost } from '../../testing/timeouts.js';

const dist = join(import.meta.dirname, '../../dist');

/** Ends only when nothing keeps it alive: it calls no `process.exit`. */
const program = `
  const { createSandbox } = await import('${dist}/sandbox/sandbox.js');
  const { createGateway } = await import('${dist}/src/app/gateway.js');
  const { readConfig } = await import('${dist}/src/config/config.js');
  const { createLogger } = await import('${dist}/src/telemetry/logger.js');
  const slow = { generationMs: [60_000, 60_000] };
  const fast = { generationMs: [50, 50] };
  const sandbox = await createSandbox({ queueLimit: 1, faults: process.argv[1] === 'open' ? slow : fast });
  // With Redis, a gateway takes the sandbox for ModelsLab.
  const live = process.env.REDIS_URL ? { MODELSLAB_API_KEY: 'a-key', MODELSLAB_BASE_URL: sandbox.url } : {};
  const config = readConfig({ ...process.env, ...live });
  const gateway = await createGateway(config, createLogger('silent'), process.env.REDIS_URL ? {} : { sandbox });
  const sample = (name) => gateway.url + '/samples/' + name + '.jpg';
  const query = 'mutation ($input: SingleFaceSwapInput!, $wait: Int) { singleFaceSwap(input: $input, wait: $wait) { status } }';
  const swap = async (wait) => {
    const input = { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') };
    const response = await fetch(gateway.url + '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input, wait } }),
    });
    console.log((await response.json()).data.singleFaceSwap.status);
  };
  if (process.argv[1] === 'ended') await swap(30);
  if (process.argv[1] === 'open') await swap(1), await swap(0);
  await gateway.close();
  await sandbox.close();
  console.log('closed');
`;

test.each([
  ['without a swap', 'none', 'embedded'],
  ['after a swap', 'ended', 'embedded'],
  ['during swaps', 'open', 'embedded'],
  ['without a swap', 'none', 'redis'],
  ['after a swap', 'ended', 'redis'],
  ['during swaps', 'open', 'redis'],
])('a process that closed its gateway and sandbox %s ends by itself: %s, %s', async (_when, swaps, store) => {
  const redis: Record<string, string> =
    store === 'redis'
      ? {
          REDIS_URL: (await startRedis()).url,
          WEBHOOK_SECRET: 'a secret of sixteen',
          WEBHOOK_SIGNING_SECRET: `whsec_${'a'.repeat(40)}`,
        }
      : {};
  const child = killWithParent(
    spawn(process.execPath, ['--input-type=module', '-e', program, swaps], {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        DATA_DIR: temporaryFolder(),
        POLL_INTERVAL_MS: '200',
        MODELSLAB_QUEUE_LIMIT: '1',
        AUDIT_LOG: 'off',
        ...redis,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    }),
  );
  const lines: string[] = [];
  let closedAt = Number.NaN;
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line === 'closed') closedAt = performance.now();
  });
  const [code] = await once(child, 'exit');
  expect(code, lines.join()).toBe(0);
  expect(lines.at(-1)).toBe('closed');
  expect(performance.now() - closedAt).toBeLessThan(atMost(1000));
});

import { describe, expect, onTestFinished, test } from 'vitest';
import { type AccountAnswer, accountAnswers } from '../../sandbox/account.js';
import { createSandbox, type SandboxFaults } from '../../sandbox/sandbox.js';
import { readMetrics } from '../../testing/metrics.js';
import { sharedEnv } from '../../testing/redis-gateways.js';
import { redisForTests } from '../../testing/redis-server.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap, watchToEnd } from '../../testing/swap-client.js';
import { patienceMs } from '../../testing/timeouts.js';

const redis = redisForTests();
const stores: [string, () => Record<string, string>][] = [
  ['SQLite', () => ({})],
  ['Redis', () => sharedEnv(redis)],
];

async function start(
  env: Record<string, string>,
  faults: Partial<SandboxFaults> = {},
  answers: AccountAnswer = 'documented',
) {
  const apiKey = 'the-key-of-the-account';
  const quick: Partial<SandboxFaults> = { latencyMs: [0, 0], generationMs: [50, 100] };
  const sandbox = await createSandbox({ render: false, apiKey, faults: { ...quick, ...faults } });
  onTestFinished(sandbox.close);
  sandbox.setAccount({ answers, balance: 100 });
  const gateway = await startGateway({
    ARCHIVE: 'off',
    MODELSLAB_API_KEY: apiKey,
    MODELSLAB_BASE_URL: sandbox.baseUrl,
    POLL_INTERVAL_MS: '100',
    ACCOUNT_CHECKS: 'on',
    ...env,
  });
  const end = async (id: string) => (await watchToEnd(gateway, id)).at(-1)?.status;
  return { sandbox, gateway, end };
}
const understood = accountAnswers.slice(0, accountAnswers.indexOf('missing'));
const silent = accountAnswers.slice(accountAnswers.indexOf('missing'));

describe.each(stores)('on %s', (_store, storeEnv) => {
  test('slots that other programs hold stay theirs: no submission runs into a 429', async () => {
    const { sandbox, gateway, end } = await start(storeEnv(), { othersQueued: 5 });
    const { id } = await requestSwap(gateway, { trackId: 1 });
    await expect.poll(() => sandbox.account().requests.request_count, { timeout: 10_000 }).toBeGreaterThan(2);
    expect(sandbox.submissions()).toEqual([]);
    sandbox.setFaults({ othersQueued: 2, generationMs: [3000, 3000] });
    const swaps = [2, 3, 4, 5, 6, 7].map((trackId) => requestSwap(gateway, { trackId }));
    await expect.poll(() => sandbox.submissions().length, { timeout: 10_000 }).toBe(3);
    sandbox.setFaults({ othersQueued: 0, generationMs: [50, 100] });
    for (const swap of await Promise.all(swaps)) expect(await end(swap.id)).toBe('SUCCEEDED');
    expect(await end(id)).toBe('SUCCEEDED');
    expect(sandbox.submissions()).toHaveLength(7);
    const reading = await readMetrics(gateway);
    expect(reading.value('modelslab_calls_total', { call: 'submit', outcome: 'not_accepted' })).toBe(0);
  });

  test('a pause for lack of credits ends as soon as the balance rises', async () => {
    const { sandbox, gateway, end } = await start({ ...storeEnv(), CREDITS_RETRY_MS: '600000' });
    sandbox.setAccount({ balance: 0.5, price: 1 });
    const { id } = await requestSwap(gateway, { trackId: 1 });
    const paused = async () =>
      (await readMetrics(gateway)).value('queue_paused', { reason: 'ACCOUNT_CREDITS' });
    await expect.poll(paused).toBe(1);
    const asked = sandbox.account().requests.wallet_balance;
    await expect
      .poll(() => sandbox.account().requests.wallet_balance, { timeout: patienceMs })
      .toBeGreaterThan(asked);
    expect((await readMetrics(gateway)).value('modelslab_wallet_balance')).toBe(0.5);
    sandbox.setAccount({ balance: 3.5 });
    expect(await end(id)).toBe('SUCCEEDED');
    expect(sandbox.account().balance).toBe(2.5);
    expect(await paused()).toBe(0);
  });
});

test.each(understood)('the answer `%s` is understood', async (answers) => {
  const { gateway } = await start({}, { othersQueued: 2 }, answers);
  const reading = await readMetrics(gateway);
  expect(reading.value('modelslab_wallet_balance')).toBe(100);
  expect(reading.value('modelslab_account_processing')).toBe(2);
});

test.each(silent)('the answer `%s` has no effect on swaps, and one line of the log each', async (answers) => {
  const { sandbox, gateway, end } = await start({}, { othersQueued: 2 }, answers);
  const ids = await Promise.all([1, 2, 3].map((trackId) => requestSwap(gateway, { trackId })));
  for (const { id } of ids) expect(await end(id)).toBe('SUCCEEDED');
  const reading = await readMetrics(gateway);
  expect(reading.value('modelslab_wallet_balance')).toBeUndefined();
  expect(reading.value('modelslab_account_processing')).toBeUndefined();
  const lines = () => gateway.logs.lines().filter(({ msg }) => /does not tell/.test(String(msg)));
  await expect.poll(() => lines().length, { timeout: patienceMs }).toBe(2);
  expect(lines().map(({ level }) => level)).toEqual(['info', 'info']);
  expect(sandbox.account().requests).toEqual({ request_count: 1, wallet_balance: 1 });
  expect(gateway.logs.text()).not.toContain('the-key-of-the-account');
});

test('by default ModelsLab is not asked', async () => {
  const { sandbox, gateway, end } = await start({ ACCOUNT_CHECKS: '' });
  const { id } = await requestSwap(gateway, { trackId: 1 });
  expect(await end(id)).toBe('SUCCEEDED');
  expect(sandbox.account().requests).toEqual({ request_count: 0, wallet_balance: 0 });
});

test('an instance that closes does not wait for an answer', async () => {
  const { gateway } = await start({}, {}, 'hang');
  const at = performance.now();
  await gateway.gateway.close();
  expect(performance.now() - at).toBeLessThan(2000);
});

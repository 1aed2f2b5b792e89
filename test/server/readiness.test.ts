import { expect, onTestFinished, test, vi } from 'vitest';
import { createLoadGauge, createStartCheck } from '../../src/server/access/load-shedder.js';
import { startGateway } from '../../testing/start-gateway.js';

test('is not ready while the work of the start makes it reject queries, and stays ready under later load', async () => {
  let delayMs = 600;
  let pendingMs: number | undefined;
  const gateway = await startGateway(
    {},
    { transport: { load: { delayMs: () => delayMs, pendingDelayMs: () => pendingMs } } },
  );
  const ready = async () => (await fetch(`${gateway.url}/readyz`)).status;
  const query = async () => (await gateway.graphql('{ __typename }')).status;
  expect([await ready(), await query()]).toEqual([503, 503]);
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  delayMs = 0;
  // Nothing was measured yet.
  expect(await ready()).toBe(503);
  // Measured, and about to count.
  pendingMs = 501;
  expect(await ready()).toBe(503);
  pendingMs = 500;
  expect([await ready(), await query()]).toEqual([200, 200]);
  delayMs = 600;
  expect([await ready(), await query()]).toEqual([200, 503]);
  expect(gateway.logs.text()).toContain('the gateway is still starting');
});

test('load after half a minute is not that of the start', () => {
  let now = 0;
  const isStarted = createStartCheck({ delayMs: () => 600, pendingDelayMs: () => 600 }, 500, () => now);
  expect(isStarted()).toBe(false);
  now = 29_999;
  expect(isStarted()).toBe(false);
  now = 30_000;
  expect(isStarted()).toBe(true);
});

test('a blocked event loop shows before its half second is over', async () => {
  const gauge = createLoadGauge();
  onTestFinished(gauge.close);
  await vi.waitFor(() => expect(gauge.pendingDelayMs()).toBeDefined());
  const until = performance.now() + 300;
  while (performance.now() < until);
  await vi.waitFor(() => expect(gauge.pendingDelayMs()).toBeGreaterThan(5));
});

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createCredentials } from '../../packages/client/src/credentials.js';
import { createHttp } from '../../packages/client/src/http.js';
import { createSwapClient, type SwapClientOptions } from '../../packages/client/src/index.js';
import { createSseWatcher } from '../../packages/client/src/sse.js';
import { createSseFollower } from '../../packages/client/src/sse-follower.js';
import { startCuttableProxy } from '../../testing/cuttable-proxy.js';
import { keysFor } from '../../testing/gateway-keys.js';
import { proxyHabits, startProxy } from '../../testing/proxies.js';
import { startSseGateway } from '../../testing/sse-gateway.js';
import { startGateway } from '../../testing/start-gateway.js';
import { seeStates } from '../../testing/start-swap-client.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

async function start(env: Record<string, string> = {}) {
  const modelsLab = await startStubModelsLab();
  const gateway = await startGateway({ ...modelsLab.env, ...env });
  return { modelsLab, gateway, sse: await startSseGateway(gateway) };
}

function createClient(url: string, options: Partial<SwapClientOptions> = {}) {
  const client = createSwapClient({ url, ...options });
  onTestFinished(() => client.close());
  return client;
}

describe.each(['ws', 'sse', 'poll', 'auto'] as const)('over %s', (transport) => {
  test('a swap is followed from state to state', async () => {
    const { modelsLab, sse } = await start();
    const states = seeStates();
    const finished = createClient(sse.url, { transport }).swap(images, states);
    (await modelsLab.submission()).answer(200, answers.processing(1101));
    const { id } = await states.reached('PROCESSING');
    await modelsLab.sendWebhook(answers.success(1101));
    expect(await finished).toMatchObject({ id, status: 'SUCCEEDED', output: [expect.any(String)] });
    expect(states.statuses().filter((status) => status !== 'QUEUED')).toEqual(['PROCESSING', 'SUCCEEDED']);
    expect(sse.upgrades() > 0).toBe(transport === 'ws' || transport === 'auto');
    expect(sse.streams().total > 0).toBe(transport === 'sse');
  });

  test('a swap that does not exist is NOT_FOUND, and a wrong key UNAUTHENTICATED', async () => {
    const { sse } = await start({ GATEWAY_API_KEYS: keysFor('ada') });
    const right = createClient(sse.url, { transport, apiKey: 'ada-key' });
    await expect(right.watch('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND', swapId: 'nobody' });
    const wrong = createClient(sse.url, { transport, apiKey: 'wrong' });
    await expect(wrong.watch('nobody')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a lost connection is replaced, and no state is reported twice', async () => {
    const { modelsLab, sse } = await start();
    const network = await startCuttableProxy(sse.url);
    const states = seeStates();
    const finished = createClient(network.url, { transport }).swap(images, states);
    (await modelsLab.submission()).answer(200, answers.processing(1102));
    await states.reached('PROCESSING');
    network.refuse(true);
    network.cut();
    await modelsLab.sendWebhook(answers.success(1102));
    network.refuse(false);
    expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
    expect(states.statuses().filter((status) => status !== 'QUEUED')).toEqual(['PROCESSING', 'SUCCEEDED']);
  });

  test('aborting ends it with the reason, and an error of the callback with that error', async () => {
    const { modelsLab, sse } = await start();
    const client = createClient(sse.url, { transport });
    const leaving = new AbortController();
    const states = seeStates();
    const left = client.swap(images, { ...states, signal: leaving.signal });
    (await modelsLab.submission()).answer(200, answers.processing(1103));
    const { id } = await states.reached('PROCESSING');
    leaving.abort('seen enough');
    await expect(left).rejects.toBe('seen enough');
    const onUpdate = () => expect.fail('a bug of the caller');
    await expect(client.watch(id, { onUpdate })).rejects.toThrow('a bug of the caller');
    await expect.poll(() => sse.streams().open).toBe(0);
    await modelsLab.sendWebhook(answers.success(1103));
  });
});

/** Two swaps, one after the other. @returns how long each took to be reported after its end, milliseconds */
async function swapTwice(url: string, modelsLab: Awaited<ReturnType<typeof startStubModelsLab>>) {
  const client = createClient(url);
  const delays: number[] = [];
  for (const index of [0, 1]) {
    const states = seeStates();
    const finished = client.swap({ ...images, trackId: index }, states);
    (await modelsLab.submission(index)).answer(200, answers.processing(1110 + index));
    await states.reached('PROCESSING');
    await modelsLab.sendWebhook(answers.success(1110 + index), index);
    const since = Date.now();
    expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
    delays.push(Date.now() - since);
  }
  return delays;
}

test.each(['refusesUpgrades', 'dropsUpgrades', 'refusesUpgradesAndCompresses'] as const)(
  'behind a proxy that %s, two upgrades fail, then all swaps are followed by events',
  async (habit) => {
    const { modelsLab, sse } = await start();
    const proxy = await startProxy(sse.url, proxyHabits[habit]);
    await swapTwice(proxy.url, modelsLab);
    expect(proxy.upgrades()).toHaveLength(2);
    expect(sse.streams()).toMatchObject({ total: 2 });
    expect(sse.upgrades()).toBe(0);
  },
);

test('behind a proxy that also buffers, swaps are polled, and each end is seen at once', async () => {
  const { modelsLab, sse } = await start();
  const proxy = await startProxy(sse.url, proxyHabits.refusesUpgradesAndBuffers);
  const delays = await swapTwice(proxy.url, modelsLab);
  expect(Math.max(...delays)).toBeLessThan(2000);
  expect(proxy.upgrades()).toHaveLength(2);
  expect(sse.streams()).toMatchObject({ total: 1 });
  await expect.poll(() => sse.streams().open).toBe(0);
});

test('polls are held by the gateway: few requests, and no delay', async () => {
  const { modelsLab, gateway } = await start();
  const waits: unknown[] = [];
  const counting: typeof fetch = (url, options) => {
    const { query, variables } = JSON.parse(String(options?.body)) as {
      query: string;
      variables: { wait?: number };
    };
    if (query.includes('SwapProgress')) waits.push(variables.wait);
    return fetch(url, options);
  };
  const states = seeStates();
  const client = createClient(gateway.url, { transport: 'poll', fetch: counting });
  const { id } = await client.request(images);
  (await modelsLab.submission()).answer(200, answers.processing(1180));
  await expect.poll(async () => (await client.get(id))?.status).toBe('PROCESSING');
  const finished = client.watch(id, states);
  await expect.poll(() => waits).toEqual([0, 20]);
  await modelsLab.sendWebhook(answers.success(1180));
  const since = Date.now();
  expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
  expect(Date.now() - since).toBeLessThan(1500);
  expect(waits).toEqual([0, 20]);
});

test('behind a proxy that refuses upgrades, a gateway without events is polled', async () => {
  const { modelsLab, gateway } = await start();
  const proxy = await startProxy(gateway.url, proxyHabits.refusesUpgrades);
  await swapTwice(proxy.url, modelsLab);
  expect(proxy.upgrades()).toHaveLength(2);
});

test('an outage is no reason to give up a transport that has worked', async () => {
  const { modelsLab, sse } = await start();
  const network = await startCuttableProxy(sse.url);
  const client = createClient(network.url);
  const states = seeStates();
  const first = client.swap(images, states);
  (await modelsLab.submission()).answer(200, answers.processing(1120));
  await states.reached('PROCESSING');
  network.refuse(true);
  network.cut();
  // Two upgrades, events, a poll, and then from the start.
  await expect.poll(network.refused).toBeGreaterThan(5);
  network.refuse(false);
  await modelsLab.sendWebhook(answers.success(1120));
  expect(await first).toMatchObject({ status: 'SUCCEEDED' });

  const before = { upgrades: sse.upgrades(), streams: sse.streams().total };
  modelsLab.handle((call) => call.answer(200, answers.success(1121)));
  await client.watch((await client.request({ ...images, trackId: 2 })).id);
  expect({ upgrades: sse.upgrades(), streams: sse.streams().total }).toEqual({
    ...before,
    upgrades: before.upgrades + 1,
  });
});

test('a page holds at most four streams over HTTP/1.1, over all of its clients; the rest is polled', async () => {
  vi.stubGlobal('location', { origin: 'https://app.example.com' });
  onTestFinished(() => void vi.unstubAllGlobals());
  const { modelsLab, sse } = await start({ MODELSLAB_QUEUE_LIMIT: '9' });
  modelsLab.handle((call) => call.answer(200, answers.processing(1130 + modelsLab.submissions().length)));
  const clients = [createClient(sse.url, { transport: 'sse' }), createClient(sse.url, { transport: 'sse' })];
  const swaps = Array.from({ length: 9 }, (_, trackId) => {
    const states = seeStates();
    const finished = clients[trackId % 2]?.swap({ ...images, trackId }, states);
    return { finished, seen: states.reached('PROCESSING') };
  });
  await Promise.all(swaps.map(({ seen }) => seen));
  expect(sse.streams()).toEqual({ open: 4, most: 4, total: 4 });
  for (const index of swaps.keys()) await modelsLab.sendWebhook(answers.success(1131 + index), index);
  for (const { finished } of swaps) expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
  await expect.poll(() => sse.streams().open).toBe(0);
  expect(sse.streams().most).toBe(4);
});

test('outside of pages there is no such limit', async () => {
  const { modelsLab, sse } = await start({ MODELSLAB_QUEUE_LIMIT: '8' });
  modelsLab.handle((call) => call.answer(200, answers.processing(1150 + modelsLab.submissions().length)));
  const client = createClient(sse.url, { transport: 'sse' });
  const swaps = Array.from({ length: 6 }, (_, trackId) => client.swap({ ...images, trackId }));
  await expect.poll(() => sse.streams().open).toBe(6);
  await expect.poll(() => modelsLab.submissions().length).toBe(6);
  for (const index of swaps.keys()) await modelsLab.sendWebhook(answers.success(1151 + index), index);
  await Promise.all(swaps);
});

test('a stream that falls silent is replaced', async () => {
  const { modelsLab, gateway, sse } = await start();
  const { id } = await createClient(gateway.url).request(images);
  (await modelsLab.submission()).answer(200, answers.processing(1170));
  const http = createHttp({ base: sse.url, credentials: createCredentials({}), fetchImpl: undefined });
  const { signal } = new AbortController();
  const states = seeStates();
  const lost = createSseFollower({ http, silenceMs: 300 })(id, states.onUpdate, signal);
  await expect(lost).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringContaining('300 ms'),
  });
  expect(states.statuses().length).toBeGreaterThan(0);
  await expect.poll(() => sse.streams().open).toBe(0);
  await modelsLab.sendWebhook(answers.success(1170));
});

test('a watcher of events alone follows a swap across cut streams', async () => {
  const { modelsLab, gateway, sse } = await start();
  const { id } = await createClient(gateway.url).request(images);
  (await modelsLab.submission()).answer(200, answers.processing(1160));
  const states = seeStates();
  const finished = createSseWatcher({ url: sse.url })(id, states);
  await states.reached('PROCESSING');
  sse.cutStreams();
  await expect.poll(() => sse.streams().total).toBe(2);
  await modelsLab.sendWebhook(answers.success(1160));
  expect(await finished).toMatchObject({ status: 'SUCCEEDED' });
  expect(states.statuses().filter((status) => status !== 'QUEUED')).toEqual(['PROCESSING', 'SUCCEEDED']);
});

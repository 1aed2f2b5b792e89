import { expect, onTestFinished, test } from 'vitest';
import { createSwapClient, type SwapClient, type SwapStorage } from '../../packages/client/src/index.js';
import { seeStates, startSwapClient } from '../../testing/start-swap-client.js';
import { answers } from '../../testing/stub-modelslab.js';
import { images } from '../../testing/swap-client.js';

/** Like `localStorage`, or with promises, like React Native's AsyncStorage. */
function createStorage(isAsync = false): SwapStorage & { items: Map<string, string> } {
  const items = new Map<string, string>();
  const give = <Value>(value: Value): Value => (isAsync ? (Promise.resolve(value) as Value) : value);
  return {
    items,
    getItem: (key) => give(items.get(key) ?? null),
    setItem: (key, value) => give(void items.set(key, value)),
    removeItem: (key) => give(void items.delete(key)),
  };
}

/** Opens another page on the same storage. */
function openPage(url: string, storage: SwapStorage): SwapClient {
  const client = createSwapClient({ url, storage });
  onTestFinished(() => client.close());
  return client;
}

test.each([
  ['synchronous', false],
  ['asynchronous', true],
])('a closed tab finds its swap again in a %s storage, which then forgets it', async (_name, isAsync) => {
  const storage = createStorage(isAsync);
  const { client, modelsLab, network } = await startSwapClient({}, { storage });
  const states = seeStates();
  client.swap(images, states).catch(() => undefined);
  (await modelsLab.submission()).answer(200, answers.processing(971));
  const { id } = await states.reached('PROCESSING');
  client.close();

  const page = openPage(network.url, storage);
  const [pending, ...others] = await page.pending();
  expect(pending).toMatchObject({ id, input: images, requestedAt: expect.any(Number) });
  expect(others).toEqual([]);
  if (!pending) return;
  const again = [page.resume(pending), page.swap(images)];
  await modelsLab.sendWebhook(answers.success(971));
  for (const swap of await Promise.all(again)) expect(swap).toMatchObject({ id, status: 'SUCCEEDED' });
  expect(modelsLab.submissions()).toHaveLength(1);
  expect(await page.pending()).toEqual([]);
  expect([...storage.items]).toEqual([]);
});

test('a request whose response never arrived is sent again with the same key, and stays one swap', async () => {
  const storage = createStorage();
  const { client, modelsLab, network } = await startSwapClient({}, { storage, attempts: 1 });
  modelsLab.handle((call) => call.answer(200, answers.success(972)));
  network.loseNextAnswer();
  await expect(client.swap(images)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  client.close();

  const page = openPage(network.url, storage);
  const [pending] = await page.pending();
  expect(pending).toMatchObject({ id: null, input: { ...images, idempotencyKey: expect.any(String) } });
  if (pending) expect(await page.resume(pending)).toMatchObject({ status: 'SUCCEEDED' });
  expect(modelsLab.submissions()).toHaveLength(1);
  expect(await page.pending()).toEqual([]);
});

test('a request that was refused is not pending, unless an earlier attempt may have been accepted', async () => {
  const storage = createStorage();
  const { client, network } = await startSwapClient({ SWAPS_PER_DAY: '1' }, { storage, attempts: 1 });
  await expect(client.swap({ ...images, initImage: 'nonsense' })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
  });
  expect(await client.pending()).toEqual([]);
  network.loseNextAnswer();
  await expect(client.swap(images)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  network.refuse(true);
  network.cut();
  await expect(client.swap(images)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  network.refuse(false);
  await expect(client.swap({ ...images, trackId: 2 })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(await client.pending()).toMatchObject([{ id: null, input: images }]);
});

test('two tabs with the same input share a swap, and other inputs of both are kept', async () => {
  const storage = createStorage();
  const { client, modelsLab, network } = await startSwapClient({}, { storage });
  const other = openPage(network.url, storage);
  modelsLab.handle((call) => call.answer(200, answers.processing(980 + modelsLab.submissions().length)));
  const swaps = await Promise.all([
    client.request(images),
    other.request(Object.fromEntries(Object.entries(images).reverse()) as typeof images),
    client.request({ ...images, trackId: 1 }),
    other.request({ ...images, trackId: 2 }),
  ]);
  expect(swaps[1]?.id).toBe(swaps[0]?.id);
  expect(new Set(swaps.map(({ id }) => id)).size).toBe(3);
  for (const page of [client, other]) expect(await page.pending()).toHaveLength(3);
});

test("an input with the caller's own key is not mistaken for one without", async () => {
  const { client, modelsLab } = await startSwapClient({}, { storage: createStorage() });
  modelsLab.handle((call) => call.answer(200, answers.processing(990 + modelsLab.submissions().length)));
  const ids = [
    await client.request({ ...images, idempotencyKey: 'mine' }),
    await client.request({ ...images, idempotencyKey: 'mine' }),
    await client.request(images),
    await client.request(images),
    await client.request({ ...images, idempotencyKey: 'yours' }),
  ].map(({ id }) => id);
  expect(ids.map((id) => ids.indexOf(id))).toEqual([0, 0, 2, 2, 4]);
});

test.each([
  ['is full', '', { setItem: () => expect.fail('QuotaExceededError') }],
  [
    'is blocked',
    '',
    { getItem: () => expect.fail('SecurityError'), setItem: () => expect.fail('SecurityError') },
  ],
  ['rejects', '', { getItem: () => Promise.reject(new Error()), setItem: () => Promise.reject(new Error()) }],
  ['contains something else', '{"not":"a list"}', {}],
  ['contains no JSON', '<h1>', {}],
  [
    'contains damaged entries',
    '[null, 1, {"input":null}, {"input":{}}, {"input":null,"requestedAt":9e15}]',
    {},
  ],
])('a storage that %s does not disturb a swap, nor its key', async (_name, content, broken) => {
  const storage = createStorage();
  if (content) storage.items.set('swaps', content);
  const options = { storage: { ...storage, ...broken }, storageKey: 'swaps' };
  const { client, modelsLab } = await startSwapClient({}, options);
  const twice = [client.swap(images), client.swap(images)];
  (await modelsLab.submission()).answer(200, answers.success(973));
  const [first, second] = await Promise.all(twice);
  expect(second).toMatchObject({ id: first?.id, status: 'SUCCEEDED' });
});

test('old entries are dropped: unanswered ones after an hour, others after a week', async () => {
  const storage = createStorage();
  const hour = 3600_000;
  const entry = (trackId: number, id: string | null, age: number) => ({
    input: { ...images, trackId, idempotencyKey: `key-${trackId}` },
    id,
    requestedAt: Date.now() - age,
  });
  const entries = [
    entry(1, null, 2 * hour),
    entry(2, null, hour / 2),
    entry(3, 'a', 24 * hour),
    entry(4, 'b', 8 * 24 * hour),
  ];
  storage.setItem('swaps', JSON.stringify(entries));
  const client = createSwapClient({ url: 'https://swaps.example.com', storage, storageKey: 'swaps' });
  expect((await client.pending()).map(({ input }) => input.trackId)).toEqual([3, 2]);
});

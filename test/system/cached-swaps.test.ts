import { expect, onTestFinished, test } from 'vitest';
import { createCachedSwapStore } from '../../src/backends/cached-swap-store.js';
import { openSqliteDatabase } from '../../src/backends/sqlite/database.js';
import { createSqliteSwapStore } from '../../src/backends/sqlite/swap-store.js';
import { systemClock } from '../../src/lib/clock.js';
import { failure } from '../../src/swap/failures.js';
import { applyTransition, type EndedSwap, queuedSwap } from '../../src/swap/swap.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { openSocket } from '../../testing/raw-socket.js';
import { startGateway } from '../../testing/start-gateway.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { images, readSwap, requestSwap, swapQuery } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** Enough executions for an operation to be compiled and its response cached. */
const times = [1, 2, 3, 4, 5, 6, 7, 8];

test('a finished swap reads the same every time, and stays hidden from other clients however often it is read', async () => {
  const stub = await startStubModelsLab();
  stub.handle(({ answer }) => answer(200, answers.success(1)));
  const gateway = await startGateway({ ...stub.env, GATEWAY_API_KEYS: keysFor('ada', 'bob') });
  const swap = await requestSwap(gateway, {}, { wait: 10, headers: bearer('ada') });
  expect(swap.status).toBe('SUCCEEDED');
  const read = async (client: string) =>
    (await gateway.graphql(swapQuery, { id: swap.id }, bearer(client))).data;
  for (const _time of times) {
    expect(await read('ada')).toEqual({ swapResult: swap });
    expect(await read('bob')).toEqual({ swapResult: null });
  }
});

test('each read of a waiting swap returns its current state', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway(stub.env);
  const { id } = await requestSwap(gateway);
  const submission = await stub.submission();
  const status = async () => (await readSwap(gateway, id))?.status;
  for (const _time of times) expect(await status()).not.toBe('SUCCEEDED');
  submission.answer(200, answers.success(1));
  await expect.poll(status).toBe('SUCCEEDED');
  for (const _time of times) expect(await status()).toBe('SUCCEEDED');
});

test('a swap is cached once its files are archived, and not before: another instance may archive them', async () => {
  const database = openSqliteDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  const clock = { now: Date.now };
  const open = () =>
    createCachedSwapStore(createSqliteSwapStore(database, { clock, pendingTtlMs: 60_000 }), clock);
  const [one, other] = [open(), open()];
  const queued = queuedSwap('a', 'ada', { ...images, watermark: true }, Date.now());
  const result = { output: ['https://x.example/1.jpg'], proxyLinks: [], files: { token: 'ab'.repeat(16) } };
  const ended = applyTransition(queued, { type: 'succeeded', result }, Date.now(), 60_000) as EndedSwap;
  await one.finish(ended);
  for (const store of [one, other]) {
    expect(await store.get('a')).toEqual(ended);
    expect(store.peekCached('a')).toBeUndefined();
  }
  const archive = { state: 'STORED', files: [null], endedAt: 1 } as const;
  await other.saveArchive(ended, { ...archive, files: [...archive.files] });
  for (const store of [one, other]) {
    expect(await store.get('a')).toEqual({ ...ended, archive });
    expect(store.peekCached('a')).toEqual({ ...ended, archive });
  }
});

test('a swap that has expired is no longer cached', async () => {
  let now = Date.now();
  const clock = { now: () => now };
  const database = openSqliteDatabase(temporaryFolder());
  const store = createCachedSwapStore(
    createSqliteSwapStore(database, { clock, pendingTtlMs: 60_000 }),
    clock,
  );
  const queued = queuedSwap('a', 'ada', { ...images, watermark: true }, now);
  const ended = applyTransition(queued, { type: 'canceled' }, now, 1000) as EndedSwap;
  await store.finish(ended);
  expect(store.peekCached('a')).toBe(ended);
  expect(await store.get('a')).toBe(ended);
  now += 1000;
  expect(store.peekCached('a')).toBeUndefined();
  database.close();
});

test('the cache is bounded by the length of URLs, not only by the number of swaps', async () => {
  const database = openSqliteDatabase(temporaryFolder());
  const options = { clock: systemClock, pendingTtlMs: 60_000 };
  const store = createCachedSwapStore(createSqliteSwapStore(database, options), systemClock);
  const url = `https://images.example.com/${'a'.repeat(4000)}`;
  const request = { initImage: url, targetImage: url, referenceImage: url, watermark: true };
  const ids = Array.from({ length: 4000 }, (_, n) => String(n));
  await Promise.all(
    ids.map((id) => {
      const queued = queuedSwap(id, 'ada', request, Date.now());
      return store.finish(applyTransition(queued, { type: 'canceled' }, Date.now(), 60_000) as EndedSwap);
    }),
  );
  const cached = ids.filter((id) => store.peekCached(id));
  expect(cached.length).toBeGreaterThan(2000);
  expect(cached.length * 3 * url.length).toBeLessThan(32 * 1024 * 1024);
  database.close();
});

test('subscribers of one swap each get the fields they selected', async () => {
  const stub = await startStubModelsLab();
  const gateway = await startGateway(stub.env);
  const { id } = await requestSwap(gateway);
  const submission = await stub.submission();
  const document = `subscription ($id: ID!, $whole: Boolean!) { swapUpdated(id: $id) { status output @include(if: $whole) } }`;
  const selections = [
    ['a', document, { id, whole: true }],
    ['b', document, { id, whole: false }],
    ['c', document, { id, whole: true }],
    ['d', `subscription { swapUpdated(id: "${id}") { id } }`, {}],
    ['e', `subscription ($id: ID!) { again: swapUpdated(id: $id) { __typename } }`, { id }],
  ] as const;
  const sockets = await Promise.all(
    selections.map(async ([name, query, variables]) => {
      const socket = await openSocket(gateway.url);
      await socket.init();
      socket.subscribe(name, query, variables);
      await socket.next();
      return socket;
    }),
  );
  submission.answer(200, answers.success(1));
  const { output } = answers.success(1) as { output: string[] };
  const last = async (socket: (typeof sockets)[number]) => {
    let seen: unknown;
    for (;;) {
      const message = await socket.next();
      if (message.type === 'complete') return seen;
      seen = (message.payload as { data: unknown }).data;
    }
  };
  expect(await Promise.all(sockets.map(last))).toEqual([
    { swapUpdated: { status: 'SUCCEEDED', output } },
    { swapUpdated: { status: 'SUCCEEDED' } },
    { swapUpdated: { status: 'SUCCEEDED', output } },
    { swapUpdated: { id } },
    { again: { __typename: 'Swap' } },
  ]);
});

test('a failed swap that may still get a late result is read from the store each time, and cached once it has one', async () => {
  let now = Date.now();
  const clock = { now: () => now };
  const database = openSqliteDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  const inner = createSqliteSwapStore(database, { clock, pendingTtlMs: 60_000 });
  const [here, elsewhere] = [createCachedSwapStore(inner, clock), createCachedSwapStore(inner, clock)];
  const end = (id: string): EndedSwap =>
    applyTransition(
      { ...queuedSwap(id, 'ada', { ...images, watermark: true }, now) },
      { type: 'failed', error: failure('TIMED_OUT', 'too slow'), inferred: true },
      now,
      7 * 24 * 3_600_000,
    ) as EndedSwap;
  await here.finish(end('a'));
  await here.finish(end('b'));
  expect(await here.get('a')).toEqual(end('a'));
  expect(here.peekCached('a')).toBeUndefined();
  await elsewhere.saveLateResult(end('a'), {
    result: { output: ['https://x.example/1.jpg'], proxyLinks: [] },
    receivedAt: now,
  });
  expect(await here.get('a')).toMatchObject({ lateResult: { receivedAt: now } });
  expect(here.peekCached('a')).toMatchObject({ lateResult: { receivedAt: now } });
  now += 25 * 3_600_000;
  await here.get('b');
  expect(here.peekCached('b')).toMatchObject({ id: 'b' });
});

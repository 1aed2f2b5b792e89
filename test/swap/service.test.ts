import { expect, onTestFinished, test } from 'vitest';
import { createEmbeddedBackend } from '../../src/backends/embedded-backend.js';
import { systemClock } from '../../src/lib/clock.js';
import { unavailable } from '../../src/swap/errors.js';
import { failure } from '../../src/swap/failures.js';
import type { InputCheck } from '../../src/swap/input-check.js';
import { createTransitions } from '../../src/swap/lifecycle/transitions.js';
import { fingerprint } from '../../src/swap/operations/registry.js';
import { createRedelivery } from '../../src/swap/redelivery.js';
import { createSwapService } from '../../src/swap/service.js';
import { queuedSwap } from '../../src/swap/swap.js';
import type { SwapView } from '../../src/swap/watch.js';
import { captureLog } from '../../testing/capture-log.js';
import { images } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { unexpected } from '../../testing/unexpected.js';

type Backend = ReturnType<typeof createEmbeddedBackend>;
const positionOf = async ({ queuePosition }: SwapView): Promise<number | null> =>
  typeof queuePosition === 'function' ? queuePosition() : queuePosition;
const command = { request: { ...images, watermark: true }, reuse: 'IN_FLIGHT', waitMs: 0 } as const;

function openService(
  draining: AbortSignal,
  change: (backend: Backend) => Partial<Backend> = () => ({}),
  checkInputs?: InputCheck,
) {
  const { log } = captureLog();
  const clock = systemClock;
  const failpoint = () => undefined;
  const policy = {
    queueDeadlineMs: 60_000,
    processingDeadlineMs: 60_000,
    unknownSlotMs: 60_000,
    pollIntervalMs: 1000,
    maxPollIntervalMs: 1000,
    resultTtlMs: 60_000,
  };
  const limits = { slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 };
  const backend = createEmbeddedBackend({
    dataDir: temporaryFolder(),
    policy,
    clock,
    log,
    report: unexpected,
    ...limits,
  });
  onTestFinished(() => backend.close());
  const shared = { ...backend, ...change(backend), clock, policy, log, failpoint };
  const transitions = createTransitions({ ...shared, late: backend.latePolls });
  const redeliver = createRedelivery(shared);
  return createSwapService({
    ...shared,
    consentPolicy: { key: 'key', retentionMs: 60_000 },
    report: unexpected,
    transitions,
    draining,
    maxWaitsPerClient: 10,
    redeliver,
    checkInputs,
    erase: () => Promise.reject(new Error('not under test')),
  });
}

test('a request with a wait gets its swap at once while the gateway is draining', async () => {
  const service = openService(AbortSignal.abort());
  const view = await service.request('ann', { ...command, reuse: 'NEVER', waitMs: 60_000 });
  expect(view.swap.status).toBe('QUEUED');
  expect(await positionOf(view)).toBe(1);
});

test('does not say that nothing was submitted when the store fails during the acceptance', async () => {
  const service = openService(new AbortController().signal, ({ store }) => ({
    store: { ...store, create: failsAfter(store.create) },
  }));
  const requested = service.request('ann', { ...command, idempotencyKey: 'k' });
  await expect(requested).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    details: { retryAfter: 1 },
    message: expect.stringContaining('may have been accepted'),
  });
});

test.each([
  ['without a key', command],
  ['with a key', { ...command, idempotencyKey: 'k' }],
])('a claim whose swap has no record is ignored, %s', async (_name, requested) => {
  const lost = new Set<string>();
  const service = openService(new AbortController().signal, ({ store }) => ({
    store: { ...store, get: async (id) => (lost.has(id) ? undefined : store.get(id)) },
  }));
  const { swap: first } = await service.request('ann', requested);
  expect((await service.request('ann', requested)).swap.id).toBe(first.id);
  lost.add(first.id);
  const { swap: next } = await service.request('ann', requested);
  expect(next.id).not.toBe(first.id);
  expect((await service.request('ann', requested)).swap.id).toBe(next.id);
});

test('computes the queue position only when it is requested', async () => {
  let reads = 0;
  const service = openService(new AbortController().signal, ({ queue }) => ({
    queue: {
      ...queue,
      position(id) {
        reads += 1;
        return queue.position(id);
      },
    },
  }));
  const requested = await service.request('ann', { ...command, reuse: 'NEVER', waitMs: 1 });
  const { id } = requested.swap;
  const read = await service.get('ann', id);
  const { edges } = await service.list('ann', {});
  const feed = await service.watch('ann', id, false);
  expect((await feed.next()).value).toMatchObject({ swap: { id }, queuePosition: null });
  expect(reads).toBe(0);
  for (const view of [requested, read, edges[0]?.view]) expect(view && (await positionOf(view))).toBe(1);
  expect(reads).toBe(3);
  const positioned = await service.watch('ann', id, true);
  expect((await positioned.next()).value).toMatchObject({ swap: { id }, queuePosition: 1 });
  await feed.return();
  await positioned.return();
});

test('returns the swap with a null position if the position cannot be computed', async () => {
  const service = openService(new AbortController().signal, ({ queue }) => ({
    queue: { ...queue, position: failsAfter(queue.position) },
  }));
  const view = await service.request('ann', { ...command, reuse: 'NEVER' });
  expect(view.swap.status).toBe('QUEUED');
  expect(await positionOf(view)).toBeNull();
});

test('says that nothing was submitted when the store fails before the acceptance', async () => {
  const service = openService(new AbortController().signal, ({ swapIndex }) => ({
    swapIndex: { ...swapIndex, holder: failsAfter(swapIndex.holder) },
  }));
  await expect(service.request('ann', { ...command, idempotencyKey: 'k' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('Nothing was submitted'),
  });
});

/** Does its work, but its result is lost. */
function failsAfter<A extends unknown[], T>(work: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  return async (...args) => {
    await work(...args);
    throw unavailable(new Error('no response'));
  };
}

test.each([
  ['without a key', command],
  ['with the same key', { ...command, idempotencyKey: 'k' }],
])(
  'of concurrent identical requests, %s, one is accepted and the others leave nothing behind',
  async (_name, requested) => {
    const created: string[] = [];
    const opened: Backend[] = [];
    const service = openService(new AbortController().signal, (backend) => {
      opened.push(backend);
      const { store } = backend;
      return {
        store: {
          ...store,
          create(swap, claims) {
            created.push(swap.id);
            return store.create(swap, claims);
          },
        },
      };
    });
    const views = await Promise.all(Array.from({ length: 10 }, () => service.request('ann', requested)));
    const accepted = [...new Set(views.map(({ swap }) => swap.id))];
    expect(accepted).toHaveLength(1);
    // None of them had found an existing swap.
    expect(created).toHaveLength(10);
    const [backend] = opened as [Backend];
    const found = await Promise.all(created.map((id) => backend.store.get(id)));
    expect(found.flatMap((swap) => swap?.id ?? [])).toEqual(accepted);
    expect(await backend.queue.counts()).toMatchObject({ waiting: 1 });
    expect((await backend.swapIndex.open()).map(({ id }) => id)).toEqual(accepted);
  },
);

/** The swap of `command` has failed, and its result has arrived since. */
async function saveLate({ store, swapIndex }: Backend, leftMs: number): Promise<void> {
  const now = Date.now();
  const result = { output: ['https://files.example.com/late.jpg'], proxyLinks: [] };
  const queued = queuedSwap(crypto.randomUUID(), 'ann', command.request, now);
  const { status: _, ...facts } = queued;
  const inputHash = fingerprint(command.request);
  await store.create(queued, { fingerprint: inputHash });
  const { swap: failed } = await store.finish({
    ...facts,
    status: 'FAILED',
    error: failure('TIMED_OUT', 'no result'),
    completedAt: now,
    expiresAt: now + 120_000,
    lateUntil: now + leftMs,
  });
  await store.saveLateResult(failed, { result, receivedAt: now });
  const holder = { swapId: failed.id, fingerprint: inputHash };
  await swapIndex.assign('ann', { kind: 'late', value: inputHash }, holder, now + 120_000);
}

function openServiceAndBackend(checkInputs?: (backend: Backend) => Promise<void>) {
  const opened: Backend[] = [];
  const service = openService(
    new AbortController().signal,
    (backend) => {
      opened.push(backend);
      return {};
    },
    async () => {
      await checkInputs?.(backend);
      return [];
    },
  );
  const [backend] = opened as [Backend];
  return { service, backend };
}

test.each([
  ['completes with the late result while late results are accepted', 60_000, 'SUCCEEDED'],
  ['is a separate swap afterwards', -1, 'QUEUED'],
])('an identical request %s', async (_name, leftMs, status) => {
  const { service, backend } = openServiceAndBackend();
  await saveLate(backend, leftMs);
  const { swap } = await service.request('ann', command);
  expect(swap).toMatchObject({ status });
});

test('a result that arrives while the pictures are checked is not paid for again', async () => {
  const { service, backend } = openServiceAndBackend((opened) => saveLate(opened, 60_000));
  const { swap } = await service.request('ann', command);
  expect(swap).toMatchObject({ status: 'SUCCEEDED' });
  expect(await backend.queue.counts()).toMatchObject({ waiting: 0 });
});

test('pictures are checked once, and the swap is as old as its acceptance', async () => {
  let checks = 0;
  let checkedAt = 0;
  const { service } = openServiceAndBackend(async () => {
    checks += 1;
    const since = Date.now();
    await expect.poll(() => Date.now()).toBeGreaterThan(since);
    checkedAt = Date.now();
  });
  const { swap } = await service.request('ann', command);
  expect(swap.createdAt).toBeGreaterThanOrEqual(checkedAt);
  expect(checks).toBe(1);
});

import { expect, onTestFinished, test } from 'vitest';
import { createEmbeddedEngine } from '../../src/embedded-engine.js';
import { createRedelivery } from '../../src/swap/redelivery.js';
import { unavailable } from '../../src/swap/swap-error.js';
import { createSwapJournal } from '../../src/swap/swap-journal.js';
import { createSwapService } from '../../src/swap/swap-service.js';
import { systemClock } from '../../src/system-clock.js';
import { captureLog } from '../support/capture-log.js';
import { images } from '../support/swap-client.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type Engine = ReturnType<typeof createEmbeddedEngine>;
const order = { request: { ...images, watermark: true }, reuse: 'IN_FLIGHT', waitMs: 0 } as const;

function openService(draining: AbortSignal, change: (engine: Engine) => Partial<Engine> = () => ({})) {
  const { log } = captureLog();
  const clock = systemClock;
  const checkpoint = () => undefined;
  const policy = {
    queueDeadlineMs: 60_000,
    processingDeadlineMs: 60_000,
    unknownSlotMs: 60_000,
    pollIntervalMs: 1000,
    maxPollIntervalMs: 1000,
    resultTtlMs: 60_000,
  };
  const limits = { slots: 1, maxWaiting: 10, maxWaitingPerClient: 10 };
  const engine = createEmbeddedEngine({ dataDir: temporaryFolder(), policy, clock, log, ...limits });
  onTestFinished(() => engine.close());
  const shared = { ...engine, ...change(engine), clock, policy, log, checkpoint };
  const journal = createSwapJournal(shared);
  const redeliver = createRedelivery(shared);
  return createSwapService({ ...shared, journal, draining, endedAtHand: () => undefined, redeliver });
}

test('a request that would wait while the gateway is already draining gets its swap at once', async () => {
  const service = openService(AbortSignal.abort());
  expect(await service.request('ann', { ...order, reuse: 'NEVER', waitMs: 60_000 })).toMatchObject({
    swap: { status: 'QUEUED' },
    queuePosition: 1,
  });
});

test.each<[string, (engine: Engine) => Partial<Engine>]>([
  ['while it writes the record', ({ store }) => ({ store: { ...store, save: failsAfter(store.save) } })],
  ['while it accepts', ({ ledger }) => ({ ledger: { ...ledger, accept: failsAfter(ledger.accept) } })],
  ['after it accepted', ({ queue }) => ({ queue: { ...queue, position: failsAfter(queue.position) } })],
])('does not say that nothing was sent when the store fails %s', async (_when, change) => {
  const service = openService(new AbortController().signal, change);
  const asked = service.request('ann', { ...order, idempotencyKey: 'k' });
  await expect(asked).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    details: { retryAfter: 1 },
    message: expect.stringContaining('may have been accepted'),
  });
});

test('says that nothing was sent when the store fails before it is asked to accept', async () => {
  const service = openService(new AbortController().signal, ({ ledger }) => ({
    ledger: { ...ledger, holder: failsAfter(ledger.holder) },
  }));
  await expect(service.request('ann', { ...order, idempotencyKey: 'k' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('Nothing was sent'),
  });
});

/** Does what it should, but its answer is lost. */
function failsAfter<A extends unknown[], T>(work: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  return async (...args) => {
    await work(...args);
    throw unavailable(new Error('no answer'));
  };
}

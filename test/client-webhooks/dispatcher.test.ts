import { expect, onTestFinished, test } from 'vitest';
import { openSqliteDatabase } from '../../src/backends/sqlite/database.js';
import { createDueClock } from '../../src/backends/sqlite/due-clock.js';
import { createSqliteOutbox } from '../../src/backends/sqlite/outbox.js';
import { createSqliteSwapStore } from '../../src/backends/sqlite/swap-store.js';
import { createWebhookDispatcher, retryDelaysMs } from '../../src/client-webhooks/dispatcher.js';
import type { DeliveryOutcome } from '../../src/client-webhooks/sender.js';
import { applyTransition, type EndedSwap, queuedSwap } from '../../src/swap/swap.js';
import { captureLog } from '../../testing/capture-log.js';
import { createManualClock, settle } from '../../testing/manual-clock.js';
import { images } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const failed: DeliveryOutcome = { kind: 'failed', reason: 'HTTP 500' };
const delivered: DeliveryOutcome = { kind: 'delivered' };

/** The real outbox and store, a manual clock, and a receiver whose responses the test controls. */
async function setUp(
  outcomes: DeliveryOutcome[],
  folder = temporaryFolder(),
  clock = createManualClock(Date.now()),
) {
  const database = openSqliteDatabase(folder, { slowSyncMs: Number.POSITIVE_INFINITY });
  const dueClock = createDueClock(database, clock);
  const outbox = createSqliteOutbox(database, dueClock);
  const store = createSqliteSwapStore(database, { clock, pendingTtlMs: 60_000 });
  const sent: { url: string; id: string; at: number }[] = [];
  const attempts: string[] = [];
  const dispatcher = createWebhookDispatcher({
    outbox,
    store,
    clock,
    dueNow: dueClock.now,
    log: captureLog().log,
    onAttempt: (outcome) => attempts.push(outcome),
    render: (swap) => swap.id,
    random: () => 0.5,
    secrets: { secretsOf: async () => [] },
    sender: {
      async send(url, id) {
        sent.push({ url, id, at: clock.now() });
        return outcomes[sent.length - 1] ?? delivered;
      },
      close: async () => undefined,
    },
  });
  const close = async (): Promise<void> => {
    await dispatcher.close();
    if (database.db.isOpen) database.close();
  };
  onTestFinished(close);
  dispatcher.start();
  const endSwap = async (): Promise<EndedSwap> => {
    const request = { ...images, watermark: true, webhook: 'https://hooks.example.com/a' };
    const queued = queuedSwap(crypto.randomUUID(), 'ann', request, clock.now());
    const { swap } = await store.finish(
      applyTransition(queued, { type: 'canceled' }, clock.now(), 7 * 86_400_000) as EndedSwap,
    );
    await dispatcher.add(swap.id, clock.now());
    await settle();
    return swap;
  };
  return { clock, sent, attempts, outbox, endSwap, close, folder };
}

test('a finished swap is delivered at once, and once', async () => {
  const { clock, sent, endSwap } = await setUp([]);
  const swap = await endSwap();
  expect(sent).toEqual([{ url: 'https://hooks.example.com/a', id: swap.id, at: clock.now() }]);
  await clock.advance(86_400_000);
  expect(sent).toHaveLength(1);
});

test('a failed delivery is retried after 5 s, 30 s, 5 min, 30 min and 2 h, under the same id, then dropped', async () => {
  const { clock, sent, attempts, endSwap, outbox } = await setUp(Array(9).fill(failed));
  const start = clock.now();
  await endSwap();
  await clock.advance(86_400_000);
  let at = start;
  expect(sent.map((call) => call.at)).toEqual([start, ...retryDelaysMs.map((delay) => (at += delay))]);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  expect(await outbox.nextDueAt()).toBeUndefined();
  expect(attempts).toEqual([...retryDelaysMs.map(() => 'retry'), 'given_up']);
  expect(await outbox.list('given-up', 10)).toMatchObject({ total: 1, deliveries: [{ attempts: 6 }] });
});

test.each([-86_400_000, -60_000, 86_400_000])(
  'retries stay on schedule when the wall clock steps by %i ms',
  async (step) => {
    const { clock, sent, endSwap } = await setUp([failed, failed, failed]);
    await endSwap();
    clock.step(step);
    await clock.advance(5000 + 30_000 + 1000);
    expect(sent).toHaveLength(3);
    clock.step(-step);
    await clock.advance(300_000);
    expect(sent).toHaveLength(4);
  },
);

test('a receiver that responds with 410 gets no retry', async () => {
  const { clock, sent, attempts, endSwap } = await setUp([{ kind: 'gone' }]);
  await endSwap();
  await clock.advance(86_400_000);
  expect(sent).toHaveLength(1);
  expect(attempts).toEqual(['gone']);
});

test('the next process sends pending deliveries', async () => {
  const first = await setUp([failed]);
  const swap = await first.endSwap();
  await first.close();
  const second = await setUp([], first.folder, first.clock);
  await second.clock.advance(5000);
  expect(second.sent).toMatchObject([{ id: swap.id }]);
});

test('a delivery whose process died is retried after its lease expires', async () => {
  const { clock, sent, outbox, endSwap } = await setUp([failed]);
  const swap = await endSwap();
  await outbox.postpone({ swapId: swap.id }, 1, clock.now());
  expect(await outbox.take(clock.now(), 60_000, 1)).toEqual([{ swapId: swap.id, attempts: 1 }]);
  expect(await outbox.take(clock.now(), 60_000, 1)).toEqual([]);
  await clock.advance(90_000);
  expect(sent).toHaveLength(2);
});

test('a swap that no longer exists is not delivered', async () => {
  const { sent, outbox, clock } = await setUp([]);
  await outbox.add(crypto.randomUUID(), clock.now());
  await clock.advance(60_000);
  expect(sent).toEqual([]);
  expect(await outbox.nextDueAt()).toBeUndefined();
});

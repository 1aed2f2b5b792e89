import { expect, onTestFinished, test } from 'vitest';
import { openSqliteDatabase } from '../../src/backends/sqlite/database.js';
import { createDueClock } from '../../src/backends/sqlite/due-clock.js';
import { createSqliteOutbox } from '../../src/backends/sqlite/outbox.js';
import { createSqliteSwapStore } from '../../src/backends/sqlite/swap-store.js';
import { createWebhookDispatcher } from '../../src/client-webhooks/dispatcher.js';
import type { DeliveryOutcome } from '../../src/client-webhooks/sender.js';
import { applyTransition, type EndedSwap, queuedSwap } from '../../src/swap/swap.js';
import type { DeliveryOptions } from '../../src/swap/webhook-outbox.js';
import { captureLog } from '../../testing/capture-log.js';
import { createManualClock, settle } from '../../testing/manual-clock.js';
import { images } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

interface Call {
  url: string;
  id: string;
  body: string;
  finish(outcome: DeliveryOutcome): void;
}

const delivered: DeliveryOutcome = { kind: 'delivered' };
const failed: DeliveryOutcome = { kind: 'failed', reason: 'HTTP 500' };

/** The real dispatcher, outbox and store; deliveries stay open until the test, or `answer`, finishes them. */
async function setUp(answer: (url: string) => DeliveryOutcome | undefined = () => undefined) {
  const clock = createManualClock(Date.now());
  const database = openSqliteDatabase(temporaryFolder(), { slowSyncMs: Number.POSITIVE_INFINITY });
  const dueClock = createDueClock(database, clock);
  const outbox = createSqliteOutbox(database, dueClock);
  const store = createSqliteSwapStore(database, { clock, pendingTtlMs: 60_000 });
  const calls: Call[] = [];
  const open = new Set<Call>();
  const dispatcher = createWebhookDispatcher({
    outbox,
    store,
    clock,
    dueNow: dueClock.now,
    log: captureLog().log,
    render: (swap, type) => `${swap.client} ${type}`,
    random: () => 0.5,
    secrets: { secretsOf: async () => [] },
    sender: {
      send: (url, id, body) =>
        new Promise((resolve) => {
          const call: Call = {
            url,
            id,
            body,
            finish(outcome) {
              open.delete(call);
              resolve(outcome);
            },
          };
          calls.push(call);
          open.add(call);
          const outcome = answer(url);
          if (outcome) call.finish(outcome);
        }),
      close: async () => {
        for (const call of [...open]) call.finish({ kind: 'failed', reason: 'closed' });
      },
    },
  });
  onTestFinished(async () => {
    await dispatcher.close();
    database.close();
  });
  dispatcher.start();
  const end = async (client: string, webhook: string, options: DeliveryOptions = {}): Promise<EndedSwap> => {
    const queued = queuedSwap(
      crypto.randomUUID(),
      client,
      { ...images, watermark: true, webhook },
      clock.now(),
    );
    const { swap } = await store.finish(
      applyTransition(queued, { type: 'canceled' }, clock.now(), 7 * 86_400_000) as EndedSwap,
    );
    await dispatcher.add(swap.id, clock.now(), { client, host: new URL(webhook).host, ...options });
    return swap;
  };
  const urls = (): string[] => calls.map(({ url }) => url);
  return { clock, outbox, calls, open, urls, end, dispatcher };
}

test('a client whose 48 receivers hang does not delay the webhook of another one', async () => {
  const { end, urls, open } = await setUp();
  for (let count = 0; count < 48; count += 1) await end('ada', `https://hangs-${count}.example.com/`);
  await settle();
  expect(open.size).toBe(8);
  await end('bob', 'https://bob.example.com/');
  await settle();
  expect(urls().at(-1)).toBe('https://bob.example.com/');
});

test('client tokens share the deliveries of their parent, so many of them do not delay another client', async () => {
  const { end, urls, open, calls } = await setUp();
  for (let sub = 0; sub < 40; sub += 1) await end(`token:web:${sub}`, `https://hangs-${sub}.example.com/`);
  await end('web', 'https://hangs.example.com/');
  await settle();
  expect(open.size).toBe(8);
  await end('bob', 'https://bob.example.com/');
  await settle();
  expect(urls().at(-1)).toBe('https://bob.example.com/');
  for (const call of calls.slice(0, 8)) call.finish(failed);
  await settle();
  expect(open.size).toBeLessThanOrEqual(9);
});

test("as soon as one of a client's deliveries finishes, its next one starts", async () => {
  const { end, urls, calls, open } = await setUp();
  for (let count = 0; count < 10; count += 1) await end('ada', `https://hooks.example.com/${count}`);
  await settle();
  expect(urls()).toHaveLength(8);
  calls[3]?.finish(delivered);
  await settle();
  expect(urls().at(-1)).toBe('https://hooks.example.com/8');
  expect(open.size).toBe(8);
});

test('when all slots hang, the next free one goes to the waiting client', async () => {
  const { end, urls, calls, open } = await setUp();
  for (let client = 0; client < 20; client += 1)
    for (let count = 0; count < 10; count += 1)
      await end(`attacker-${client}`, `https://hangs-${client}-${count}.example.com/`);
  await settle();
  expect(open.size).toBe(128);
  await end('bob', 'https://bob.example.com/');
  await settle();
  for (let count = 0; count < 21; count += 1) {
    calls[count]?.finish(failed);
    await settle();
  }
  expect(urls()).toContain('https://bob.example.com/');
});

test('a host used by many clients has its own limit', async () => {
  const { end, open, calls, clock } = await setUp();
  for (let client = 0; client < 10; client += 1)
    for (let count = 0; count < 8; count += 1) await end(`client-${client}`, 'https://shared.example.com/');
  await settle();
  expect(open.size).toBe(32);
  for (const call of calls.slice(0, 32)) call.finish(delivered);
  await clock.advance(1000);
  expect(calls.length).toBe(64);
  expect(open.size).toBe(32);
});

test('a receiver that fails repeatedly is paused, which uses up no attempt of waiting deliveries', async () => {
  let isBroken = true;
  const { end, calls, outbox, clock, urls } = await setUp((url) =>
    isBroken && url.startsWith('https://broken') ? failed : delivered,
  );
  for (let count = 0; count < 5; count += 1) {
    await end('ada', 'https://broken.example.com/');
    await settle();
  }
  const began = clock.now();
  const waiting = await end('ada', 'https://broken.example.com/');
  await settle();
  expect(calls).toHaveLength(5);
  // The same host of another client, and another host of the same client.
  await end('bob', 'https://broken.example.com/');
  await end('ada', 'https://works.example.com/');
  await settle();
  expect(urls().slice(5).sort()).toEqual(['https://broken.example.com/', 'https://works.example.com/']);
  await clock.advance(29_000);
  expect(calls.filter(({ id }) => id === waiting.id)).toEqual([]);
  isBroken = false;
  await clock.advance(60_000);
  expect(calls.filter(({ id }) => id === waiting.id)).toHaveLength(1);
  expect(await outbox.take(began + 86_400_000, 1, 100)).toEqual([]);
});

test('after a pause one attempt is the probe, and a failed probe makes the next pause longer', async () => {
  const { end, calls, clock } = await setUp(() => failed);
  for (let count = 0; count < 40; count += 1) await end('ada', 'https://broken.example.com/');
  await settle();
  // Attempts that were in flight when the first one failed.
  const before = calls.length;
  expect(before).toBeLessThan(16);
  await clock.advance(30_000);
  expect(calls.length).toBe(before + 1);
  await clock.advance(59_000);
  expect(calls.length).toBe(before + 1);
  await clock.advance(10_000);
  expect(calls.length).toBe(before + 2);
});

test('each event of a swap has its own webhook id and body', async () => {
  const { end, calls, dispatcher, clock } = await setUp(() => delivered);
  const swap = await end('ada', 'https://hooks.example.com/');
  await dispatcher.add(swap.id, clock.now(), { type: 'swap.late_result' });
  await settle();
  expect(calls.map(({ id, body }) => ({ id, body }))).toEqual([
    { id: swap.id, body: 'ada undefined' },
    { id: `${swap.id}.swap.late_result`, body: 'ada swap.late_result' },
  ]);
});

test('a redelivery is sent even while its receiver is paused', async () => {
  let isBroken = true;
  const { end, calls, dispatcher, clock } = await setUp(() => (isBroken ? failed : delivered));
  for (let count = 0; count < 4; count += 1) await end('ada', 'https://hooks.example.com/');
  await settle();
  const swap = await end('ada', 'https://hooks.example.com/');
  await settle();
  const before = calls.length;
  isBroken = false;
  const owner = { client: 'ada', host: 'hooks.example.com' };
  await dispatcher.add(swap.id, clock.now(), { ...owner, again: true });
  await settle();
  expect(calls.slice(before).map(({ id }) => id)).toEqual([swap.id]);
});

test('entries of an earlier version, without a client, are delivered within the same limits', async () => {
  const { end, open, urls } = await setUp();
  for (let count = 0; count < 12; count += 1)
    await end('ada', `https://hangs-${count}.example.com/`, { client: undefined, host: undefined });
  await end('bob', 'https://bob.example.com/');
  await settle();
  expect(open.size).toBe(9);
  expect(urls()).toContain('https://bob.example.com/');
});

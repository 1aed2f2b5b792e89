import { expect, test } from 'vitest';
import { createPushTimer } from '../../src/push-timer.js';
import { createLatestFeed } from '../../src/swap/latest-feed.js';
import type { UpstreamReport } from '../../src/swap/ports.js';
import { advance, isEnded, queuedSwap, type Swap } from '../../src/swap/swap.js';
import type { Completion } from '../../src/swap/swap-completion.js';
import type { SwapView } from '../../src/swap/swap-watch.js';
import { images } from '../support/swap-client.js';

const success: Extract<UpstreamReport, { kind: 'succeeded' }> = {
  kind: 'succeeded',
  result: { output: ['https://x.example.com/1'], proxyLinks: [] },
};

/** A timer on a clock of the test, and what it told. */
function setUp() {
  let time = 1000;
  const told: string[] = [];
  const now = (): number => time;
  const timer = createPushTimer(
    {
      webhook: (outcome) => told.push(outcome),
      webhookToPush: (ms) => told.push(`webhook to push ${ms}`),
      endToPush: (ms) => told.push(`end to push ${ms}`),
    },
    { now },
    now,
  );
  const queued = queuedSwap('1', 'ann', { ...images, watermark: true }, time);
  const endNow = (): Swap => advance(queued, { type: 'succeeded', result: success.result }, time, 60_000);
  const watch = () =>
    timer.timeFeed(
      createLatestFeed<SwapView>(
        ({ swap }) => isEnded(swap),
        () => undefined,
      ),
    );
  const webhook = (work: () => Completion, kind: 'succeeded' | 'processing' = 'succeeded') =>
    timer.timeWebhooks(async () => work())('1', kind === 'succeeded' ? success : { kind });
  return { timer, told, endNow, watch, webhook, pass: (ms: number) => (time += ms) };
}

/** Reads like graphql-ws: asks for the next state when the last one was sent. */
async function readOn(feed: AsyncIterableIterator<SwapView>, send: (view: SwapView) => void): Promise<void> {
  for await (const view of feed) send(view);
}

test('from the webhook to the moment at which the reader asks for more', async () => {
  const { told, endNow, watch, webhook, pass } = setUp();
  const feed = watch();
  const reading = readOn(feed, () => pass(7));
  await webhook(() => {
    pass(5);
    feed.offer({ swap: endNow(), queuePosition: null });
    return 'accepted';
  });
  await reading;
  expect(told.sort()).toEqual(['accepted', 'end to push 7', 'webhook to push 12']);
});

test('a repetition does not take the place of the webhook that ended the swap', async () => {
  const { told, endNow, watch, webhook, pass } = setUp();
  const feed = watch();
  await webhook(() => {
    feed.offer({ swap: endNow(), queuePosition: null });
    return 'accepted';
  });
  pass(20);
  await webhook(() => 'duplicate');
  await readOn(feed, () => undefined);
  expect(told).toEqual(['accepted', 'duplicate', 'end to push 20', 'webhook to push 20']);
});

test.each([
  ['told of progress', 'processing', 'accepted'],
  ['could not be believed', 'succeeded', 'unconfirmed'],
  ['ended nothing', 'succeeded', 'accepted'],
] as const)(
  'a swap that ends otherwise is not timed by an earlier webhook that %s',
  async (_what, kind, outcome) => {
    const { told, endNow, watch, webhook, pass } = setUp();
    const feed = watch();
    await webhook(() => outcome, kind);
    pass(500);
    feed.offer({ swap: endNow(), queuePosition: null });
    await readOn(feed, () => undefined);
    expect(told).toEqual([outcome, 'end to push 0']);
  },
);

test('a webhook that fails counts as unconfirmed, and fails on', async () => {
  const { told, webhook } = setUp();
  const failing = webhook(() => {
    throw new Error('disk full');
  });
  await expect(failing).rejects.toThrow('disk full');
  expect(told).toEqual(['unconfirmed']);
});

test('who comes after the end, or leaves before the message is sent, was pushed nothing', async () => {
  const { told, timer, endNow, watch, pass } = setUp();
  const ended = { swap: endNow(), queuePosition: null };
  pass(1);
  const late = watch();
  late.offer(ended);
  await readOn(late, () => undefined);
  const gone = watch();
  pass(1);
  gone.offer({ swap: endNow(), queuePosition: null });
  await gone.next();
  expect(timer.openFeeds()).toBe(1);
  await gone.return();
  expect(told).toEqual([]);
  expect(timer.openFeeds()).toBe(0);
});

test('every way out of a feed is counted once', async () => {
  const { timer, endNow, watch } = setUp();
  const [read, left, broken] = [watch(), watch(), watch()];
  expect(timer.openFeeds()).toBe(3);
  read.offer({ swap: endNow(), queuePosition: null });
  await readOn(read, () => undefined);
  const waiting = left.next();
  await left.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await left.return();
  await expect(broken.throw?.(new Error('x'))).rejects.toThrow('x');
  expect(timer.openFeeds()).toBe(0);
});

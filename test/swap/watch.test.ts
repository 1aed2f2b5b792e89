import { expect, test } from 'vitest';
import { submissionUnknown } from '../../src/swap/failures.js';
import type { SwapPubSub } from '../../src/swap/ports.js';
import { applyTransition, queuedSwap, type Swap } from '../../src/swap/swap.js';
import { createSwapWatch } from '../../src/swap/watch.js';
import { images } from '../../testing/swap-client.js';
import { unexpected } from '../../testing/unexpected.js';

const queued = queuedSwap('a', 'ann', { ...images, watermark: true }, 1);
const ended = applyTransition(queued, { type: 'failed', error: submissionUnknown }, 2, 1000);

const everything = { isVisible: () => true, wantsPosition: true };

/** Publishes an event before the subscription is complete, as on a topic that already has a listener. */
function pubsubWithEarlyEvent(early: Swap): { pubsub: SwapPubSub; stops: () => number } {
  let stops = 0;
  return {
    stops: () => stops,
    pubsub: {
      publish: () => undefined,
      async subscribe(_id, listener) {
        listener(early);
        await new Promise((resolve) => setImmediate(resolve));
        return () => {
          stops += 1;
        };
      },
      close: async () => undefined,
    },
  };
}

const queue = { position: async () => 3, onPositionsChanged: () => () => undefined } as never;

test.each([
  ['QUEUED', queued],
  ['FAILED', ended],
])(
  'an event of a %s swap that arrives before the subscription is complete is used',
  async (status, early) => {
    const { pubsub, stops } = pubsubWithEarlyEvent(early);
    const store = { get: async () => early } as never;
    const feed = await createSwapWatch({ store, pubsub, queue, report: unexpected })('a', everything);
    expect((await feed.next()).value?.swap.status).toBe(status);
    await feed.return();
    expect(stops()).toBe(1);
  },
);

test('a position that arrives too late does not move the swap back to the queue', async () => {
  let tell: (swap: Swap) => void = () => undefined;
  const pubsub: SwapPubSub = {
    publish: () => undefined,
    async subscribe(_id, listener) {
      tell = listener;
      return () => undefined;
    },
    close: async () => undefined,
  };
  let fail: (error: Error) => void = () => undefined;
  let asked = 0;
  const slowQueue = {
    onPositionsChanged: () => () => undefined,
    position: () => (asked++ === 0 ? Promise.resolve(1) : new Promise((_, reject) => (fail = reject))),
  } as never;
  const store = { get: async () => queued } as never;
  const feed = await createSwapWatch({ store, pubsub, queue: slowQueue, report: unexpected })(
    'a',
    everything,
  );
  expect((await feed.next()).value?.swap).toBe(queued);

  const marked = applyTransition(queued, { type: 'submitting' }, 2, 1000);
  const processing = applyTransition(marked, { type: 'accepted', modelsLabId: '1' }, 3, 1000);
  tell(marked);
  tell(processing);
  expect((await feed.next()).value?.swap).toBe(processing);
  fail(new Error('Redis does not respond'));
  await new Promise((resolve) => setImmediate(resolve));
  const end = applyTransition(processing, { type: 'failed', error: submissionUnknown }, 4, 1000);
  const next = feed.next();
  tell(end);
  expect((await next).value?.swap).toBe(end);
});

test('an early event does not show the swap to another client, and leaves no listener behind', async () => {
  const { pubsub, stops } = pubsubWithEarlyEvent(ended);
  const store = { get: async () => ended } as never;
  await expect(
    createSwapWatch({ store, pubsub, queue, report: unexpected })('a', {
      isVisible: () => false,
      wantsPosition: true,
    }),
  ).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(stops()).toBe(1);
});

test('a subscriber that did not select the position gets no position changes, and causes no computation', async () => {
  const listeners = new Set<() => void>();
  let position = 5;
  let asked = 0;
  const movingQueue = {
    onPositionsChanged(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async position() {
      asked += 1;
      return position;
    },
  } as never;
  const move = async () => {
    position -= 1;
    for (const listener of listeners) listener();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const { pubsub } = pubsubWithEarlyEvent(queued);
  const store = { get: async () => queued } as never;
  const watch = createSwapWatch({ store, pubsub, queue: movingQueue, report: unexpected });
  const plain = await watch('a', { isVisible: () => true, wantsPosition: false });
  expect(plain.shift()).toEqual({ swap: queued, queuePosition: null });
  await move();
  expect([asked, listeners.size, plain.isEmpty]).toEqual([0, 0, true]);

  const positioned = await watch('a', everything);
  expect(positioned.shift()).toEqual({ swap: queued, queuePosition: 4 });
  await move();
  expect(positioned.shift()).toEqual({ swap: queued, queuePosition: 3 });
  expect(plain.isEmpty).toBe(true);

  await positioned.return();
  expect(listeners.size).toBe(0);
  await plain.return();
});

import { expect, test } from 'vitest';
import { advance, queuedSwap, type Swap } from '../../src/swap/swap.js';
import { watchSwap } from '../../src/swap/swap-watch.js';
import { images } from '../support/swap-client.js';

const queued = queuedSwap('swap', 'ann', { ...images, watermark: true }, 0);
const canceled = advance(queued, { type: 'canceled' }, 1, 60_000);

/** What is heard while the subscription is still being made, as from a shared channel that somebody listens to already. */
function watchWhileHearing(news: Swap, stored: Swap) {
  let unsubscribed = 0;
  const events = {
    publish: () => undefined,
    close: async () => undefined,
    async subscribe(_id: string, listener: (swap: Swap) => void) {
      listener(news);
      await Promise.resolve();
      return () => {
        unsubscribed += 1;
      };
    },
  };
  const store = { get: async () => stored } as never;
  const queue = { position: async () => 1, onMoved: () => () => undefined } as never;
  const watching = watchSwap({ store, events, queue }, 'swap', () => true);
  return { watching, unsubscribed: () => unsubscribed };
}

test.each([
  { what: 'is older than', stored: queued },
  { what: 'is the same as', stored: canceled },
])('an end that is heard while subscribing is told once, when the store $what it', async ({ stored }) => {
  const { watching, unsubscribed } = watchWhileHearing(canceled, stored);
  const seen: unknown[] = [];
  for await (const view of await watching) seen.push(view);
  expect(seen).toEqual([{ swap: canceled, queuePosition: null }]);
  expect(unsubscribed()).toBe(1);
});

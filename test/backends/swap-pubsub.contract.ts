import { describe, expect, test } from 'vitest';
import type { SwapPubSub } from '../../src/swap/ports.js';
import { queuedSwap, type Swap } from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

const swapOf = (id: string, updatedAt = 1): Swap =>
  queuedSwap(id, 'ann', { ...images, watermark: true }, updatedAt);

/**
 * What every SwapPubSub must do.
 * @param open returns two ends that share events, which may be the same object; closes them after the test
 */
export function describeSwapPubSub(
  name: string,
  open: () => Promise<{ here: SwapPubSub; there: SwapPubSub }>,
): void {
  describe(`${name} as SwapPubSub`, () => {
    test('notifies every listener of a swap, and no other', async () => {
      const { here, there } = await open();
      const received: string[] = [];
      await here.subscribe('a', ({ id }) => received.push(`1 ${id}`));
      await here.subscribe('a', ({ id }) => received.push(`2 ${id}`));
      await here.subscribe('b', ({ id }) => received.push(`3 ${id}`));
      there.publish(swapOf('a'));
      await expect.poll(() => received.toSorted()).toEqual(['1 a', '2 a']);
    });

    test('delivers every event published after the subscription resolved', async () => {
      const { here, there } = await open();
      const received: Swap[] = [];
      await here.subscribe('a', (swap) => received.push(swap));
      there.publish(swapOf('a', 7));
      await expect.poll(() => received).toEqual([swapOf('a', 7)]);
    });

    test('no longer notifies a removed listener', async () => {
      const { here, there } = await open();
      const received: string[] = [];
      const stop = await here.subscribe('a', () => received.push('stopped'));
      await here.subscribe('a', () => received.push('stays'));
      stop();
      there.publish(swapOf('a'));
      await expect.poll(() => received).toEqual(['stays']);
    });

    test('can be subscribed to again after all listeners were removed', async () => {
      const { here, there } = await open();
      const received: string[] = [];
      (await here.subscribe('a', () => received.push('first')))();
      await here.subscribe('a', () => received.push('second'));
      there.publish(swapOf('a'));
      await expect.poll(() => received).toEqual(['second']);
    });
  });
}

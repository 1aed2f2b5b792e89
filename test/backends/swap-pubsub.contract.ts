import { describe, expect, test } from 'vitest';
import type { SwapPubSub } from '../../src/swap/ports.js';
import { queuedSwap, type Swap } from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

const swapOf = (id: string, updatedAt = 1): Swap =>
  queuedSwap(id, 'ann', { ...images, watermark: true }, updatedAt);

/**
 * What every SwapPubSub must do.
 * @param open two ends that share their news, which may be the same object; it closes them when the test is over
 */
export function describeSwapPubSub(
  name: string,
  open: () => Promise<{ here: SwapPubSub; there: SwapPubSub }>,
): void {
  describe(`${name} as SwapPubSub`, () => {
    test('tells every listener of a swap, and nobody else', async () => {
      const { here, there } = await open();
      const heard: string[] = [];
      await here.subscribe('a', ({ id }) => heard.push(`1 ${id}`));
      await here.subscribe('a', ({ id }) => heard.push(`2 ${id}`));
      await here.subscribe('b', ({ id }) => heard.push(`3 ${id}`));
      there.publish(swapOf('a'));
      await expect.poll(() => heard.toSorted()).toEqual(['1 a', '2 a']);
    });

    test('hears everything that is published after the subscription resolved', async () => {
      const { here, there } = await open();
      const heard: Swap[] = [];
      await here.subscribe('a', (swap) => heard.push(swap));
      there.publish(swapOf('a', 7));
      await expect.poll(() => heard).toEqual([swapOf('a', 7)]);
    });

    test('stops telling whoever stopped listening', async () => {
      const { here, there } = await open();
      const heard: string[] = [];
      const stop = await here.subscribe('a', () => heard.push('stopped'));
      await here.subscribe('a', () => heard.push('stays'));
      stop();
      there.publish(swapOf('a'));
      await expect.poll(() => heard).toEqual(['stays']);
    });

    test('can be listened to again after everyone had stopped', async () => {
      const { here, there } = await open();
      const heard: string[] = [];
      (await here.subscribe('a', () => heard.push('first')))();
      await here.subscribe('a', () => heard.push('second'));
      there.publish(swapOf('a'));
      await expect.poll(() => heard).toEqual(['second']);
    });
  });
}

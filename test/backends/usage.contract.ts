import { describe, expect, test } from 'vitest';
import { failure } from '../../src/swap/failures.js';
import type { SwapStore } from '../../src/swap/ports.js';
import {
  applyTransition,
  type EndedSwap,
  isEnded,
  queuedSwap,
  type SwapTransition,
} from '../../src/swap/swap.js';
import { monthOf, noUsage, type UsageReader } from '../../src/swap/usage.js';
import { images } from '../../testing/swap-client.js';

export interface UsageUnderTest {
  usage: UsageReader;
  /** Counts. */
  store: SwapStore;
  /** Another instance on the same data; the same one if the backend is for a single process. */
  another(): Promise<{ usage: UsageReader; store: SwapStore }>;
  /** The backend after a restart; the earlier one can no longer be used. */
  restart(): Promise<{ usage: UsageReader; store: SwapStore }>;
  /** Makes every further access fail. */
  breakUsage(): Promise<void>;
}

const now = Date.now();
const month = monthOf(now);
const newSwap = (client: string, createdAt = now) =>
  queuedSwap(crypto.randomUUID(), client, { ...images, watermark: true }, createdAt);

const succeeded: SwapTransition = { type: 'succeeded', result: { output: [], proxyLinks: [] } };
const failed: SwapTransition = { type: 'failed', error: failure('REJECTED', 'no') };
const canceled: SwapTransition = { type: 'canceled' };

function ended(swap: ReturnType<typeof newSwap>, transition: SwapTransition): EndedSwap {
  const next = applyTransition(swap, transition, Date.now(), 60_000);
  if (!isEnded(next)) throw new Error('not ended');
  return next;
}

/** What every backend must do. @param open returns empty usage, and closes it after the test */
export function describeUsage(name: string, open: () => Promise<UsageUnderTest>): void {
  describe(`usage in ${name}`, () => {
    test('is zero for a client without swaps', async () => {
      const { usage } = await open();
      expect(await usage.read('ann', month)).toEqual(noUsage);
    });

    test('counts acceptances and outcomes; canceled swaps are neither', async () => {
      const { usage, store } = await open();
      const ends = [succeeded, succeeded, failed, canceled];
      const swaps = ends.map(() => newSwap('ann'));
      await Promise.all(swaps.map((swap) => store.create(swap, { fingerprint: 'print' })));
      expect(await usage.read('ann', month)).toEqual({ swaps: 4, succeeded: 0, failed: 0 });
      for (const [index, end] of ends.entries()) {
        const swap = swaps[index];
        if (swap) await store.finish(ended(swap, end));
      }
      expect(await usage.read('ann', month)).toEqual({ swaps: 4, succeeded: 2, failed: 1 });
      expect(await usage.read('bob', month)).toEqual(noUsage);
    });

    test('counts one outcome per swap, however often and concurrently it is finished', async () => {
      const { usage, store, another } = await open();
      const other = await another();
      const swap = newSwap('ann');
      await store.create(swap, { fingerprint: 'print' });
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? store : other.store).finish(ended(swap, n % 3 === 0 ? failed : succeeded)),
        ),
      );
      const { swaps, succeeded: won, failed: lost } = await usage.read('ann', month);
      expect({ swaps, ends: won + lost }).toEqual({ swaps: 1, ends: 1 });
      expect(await other.usage.read('ann', month)).toEqual(await usage.read('ann', month));
    });

    test('counts a swap that is not accepted for nobody', async () => {
      const { usage, store } = await open();
      const guard = { kind: 'key', value: 'k' } as const;
      const rivals = Array.from({ length: 20 }, () => newSwap('ann'));
      await Promise.all(rivals.map((rival) => store.create(rival, { fingerprint: 'print', guard })));
      expect(await usage.read('ann', month)).toEqual({ swaps: 1, succeeded: 0, failed: 0 });
    });

    test('belongs to the month of the acceptance', async () => {
      const { usage, store } = await open();
      const lastMonth = new Date(now);
      lastMonth.setUTCDate(0);
      const swap = newSwap('ann', lastMonth.getTime());
      await store.create(swap, { fingerprint: 'print' });
      await store.finish(ended(swap, succeeded));
      expect(await usage.read('ann', monthOf(lastMonth.getTime()))).toEqual({
        swaps: 1,
        succeeded: 1,
        failed: 0,
      });
      expect(await usage.read('ann', month)).toEqual(noUsage);
    });

    test("includes the swaps of a client's tokens in its own, and keeps the tokens apart", async () => {
      const { usage, store } = await open();
      for (const client of ['web', 'token:web:ada%20%3A', 'token:web:bob', 'token:we:ada', 'webb']) {
        const swap = newSwap(client);
        await store.create(swap, { fingerprint: 'print' });
        await store.finish(ended(swap, succeeded));
      }
      const once = { swaps: 1, succeeded: 1, failed: 0 };
      expect(await usage.read('web', month)).toEqual({ swaps: 3, succeeded: 3, failed: 0 });
      for (const client of ['token:web:ada%20%3A', 'token:web:bob', 'we', 'webb'])
        expect(await usage.read(client, month)).toEqual(once);
    });

    test('survives a restart', async () => {
      const { store, restart } = await open();
      const swap = newSwap('ann');
      await store.create(swap, { fingerprint: 'print' });
      const again = await restart();
      expect(await again.usage.read('ann', month)).toEqual({ swaps: 1, succeeded: 0, failed: 0 });
      await again.store.finish(ended(swap, succeeded));
      expect(await again.usage.read('ann', month)).toEqual({ swaps: 1, succeeded: 1, failed: 0 });
    });

    test('is UNAVAILABLE, and never zero, when it is broken', async () => {
      const { usage, breakUsage } = await open();
      await breakUsage();
      await expect(usage.read('ann', month)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
  });
}

import { describe, expect, test } from 'vitest';
import type { SwapClaims, SwapIndex, SwapStore } from '../../src/swap/ports.js';
import { type QueuedSwap, queuedSwap } from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

export interface IndexUnderTest {
  swapIndex: SwapIndex;
  /** Adds new swaps to the index. */
  store: SwapStore;
  /** Makes every further access fail. */
  breakIndex(): Promise<void>;
}

const newSwap = (client = 'ann'): QueuedSwap =>
  queuedSwap(crypto.randomUUID(), client, { ...images, watermark: true }, Date.now());
const claims = (more: Omit<SwapClaims, 'fingerprint'> = {}): SwapClaims => ({
  fingerprint: 'print',
  ...more,
});
const key = (value: string) => ({ kind: 'key', value }) as const;
const input = (value: string) => ({ kind: 'input', value }) as const;

/** What every SwapIndex must do. @param open returns a new, empty index, and closes it after the test */
export function describeSwapIndex(name: string, open: () => Promise<IndexUnderTest>): void {
  describe(`${name} as a SwapIndex`, () => {
    test('accepts one of fifty concurrent swaps that claim the same key, and gives the others the holder', async () => {
      const { store, swapIndex } = await open();
      const rivals = Array.from({ length: 50 }, () => newSwap());
      const outcomes = await Promise.all(
        rivals.map((rival) => store.create(rival, claims({ guard: key('k') }))),
      );
      const winner = rivals[outcomes.indexOf(undefined)];
      expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome?.swapId === winner?.id)).toHaveLength(49);
      expect(await swapIndex.holder('ann', key('k'))).toEqual({ swapId: winner?.id, fingerprint: 'print' });
      expect(await swapIndex.open()).toEqual([{ id: winner?.id, client: 'ann' }]);
    });

    test('assigns a claim to a swap even if another holds it, also after the swap is finished', async () => {
      const { store, swapIndex } = await open();
      const late = { kind: 'late', value: 'print' } as const;
      const [first, second] = [newSwap(), newSwap()];
      const until = Date.now() + 60_000;
      await store.create(first, claims({ guard: input('print') }));
      await store.create(second, claims());
      for (const swap of [first, second]) {
        await swapIndex.markEnded(swap.id, until);
        await swapIndex.assign('ann', late, { swapId: swap.id, fingerprint: 'print' }, until);
        expect(await swapIndex.holder('ann', late)).toEqual({ swapId: swap.id, fingerprint: 'print' });
      }
      expect(await swapIndex.holder('bob', late)).toBeUndefined();
      expect(await swapIndex.holder('ann', input('print'))).toMatchObject({ swapId: first.id });
    });

    test('keeps the claims of clients, keys and inputs apart', async () => {
      const { store, swapIndex } = await open();
      await store.create(newSwap(), claims({ guard: key('k') }));
      expect(await swapIndex.holder('bob', key('k'))).toBeUndefined();
      expect(await swapIndex.holder('ann', input('k'))).toBeUndefined();
      expect(await store.create(newSwap('bob'), claims({ guard: key('k') }))).toBeUndefined();
      expect(await store.create(newSwap(), claims({ guard: input('k') }))).toBeUndefined();
    });

    test('transfers a claim only from the named holder', async () => {
      const { store, swapIndex } = await open();
      const [first, second, third] = [newSwap(), newSwap(), newSwap()];
      const from = ({ id }: QueuedSwap) => claims({ guard: { ...input('i'), replaces: id } });
      await store.create(first, claims({ guard: input('i') }));
      expect(await store.create(second, from(third))).toMatchObject({ swapId: first.id });
      expect(await store.create(second, from(first))).toBeUndefined();
      expect(await store.create(third, from(first))).toMatchObject({ swapId: second.id });
      expect(await swapIndex.holder('ann', input('i'))).toMatchObject({ swapId: second.id });
    });

    test('takes over a claim that needs no guard from any holder', async () => {
      const { store, swapIndex } = await open();
      await store.create(newSwap(), claims({ guard: input('i') }));
      const taker = newSwap();
      expect(await store.create(taker, claims({ guard: key('k'), takes: input('i') }))).toBeUndefined();
      expect(await swapIndex.holder('ann', input('i'))).toMatchObject({ swapId: taker.id });
    });

    test('a lost claim leaves no record, no other claim and no index entry', async () => {
      const { store, swapIndex } = await open();
      const [winner, loser] = [newSwap(), newSwap()];
      await store.create(winner, claims({ guard: key('k') }));
      const lost = await store.create(loser, claims({ guard: key('k'), takes: input('i') }));
      expect(lost).toEqual({ swapId: winner.id, fingerprint: 'print' });
      expect(await store.get(loser.id)).toBeUndefined();
      expect(await swapIndex.holder('ann', input('i'))).toBeUndefined();
      expect((await swapIndex.page('ann', 10)).map(({ id }) => id)).toEqual([winner.id]);
      expect(await swapIndex.open()).toEqual([{ id: winner.id, client: 'ann' }]);
    });

    test('lists open swaps in the order of acceptance until they are finished', async () => {
      const { store, swapIndex } = await open();
      const swaps = [newSwap(), newSwap('bob'), newSwap()];
      for (const swap of swaps) await store.create(swap, claims());
      await swapIndex.markEnded(swaps[0]?.id ?? '', Date.now() + 60_000);
      expect(await swapIndex.open()).toEqual(swaps.slice(1).map(({ id, client }) => ({ id, client })));
    });

    test('lists the swaps of a client, newest first, from a cursor on', async () => {
      const { store, swapIndex } = await open();
      const swaps = Array.from({ length: 5 }, () => newSwap());
      for (const swap of swaps) await store.create(swap, claims());
      await store.create(newSwap('bob'), claims());
      await swapIndex.markEnded(swaps[4]?.id ?? '', Date.now() + 60_000);
      const newestFirst = swaps.map(({ id }) => id).reverse();
      const page = await swapIndex.page('ann', 2);
      expect(page.map(({ id }) => id)).toEqual(newestFirst.slice(0, 2));
      const rest = await swapIndex.page('ann', 10, page[1]?.sequence);
      expect(rest.map(({ id }) => id)).toEqual(newestFirst.slice(2));
    });

    test('lists the swaps of a client together with those of its tokens, newest first', async () => {
      const { store, swapIndex } = await open();
      const clients = ['web', 'token:web:ada%20', 'token:we:ada', 'web', 'webb', 'token:web:bob', 'bob'];
      const swaps = clients.map(newSwap);
      for (const swap of swaps) await store.create(swap, claims());
      const ids = (indexes: number[]) => indexes.map((index) => swaps[index]?.id);
      const listed = async (account: string, first: number) =>
        (await swapIndex.accountPage(account, first)).map(({ id }) => id);
      expect(await listed('web', 10)).toEqual(ids([5, 3, 1, 0]));
      expect(await listed('web', 3)).toEqual(ids([5, 3, 1]));
      expect(await listed('token:web:ada%20', 10)).toEqual(ids([1]));
      expect((await swapIndex.page('web', 10)).map(({ id }) => id)).toEqual(ids([3, 0]));
    });

    test('finds a swap by the first id that ModelsLab gave it', async () => {
      const { store, swapIndex } = await open();
      const swap = newSwap();
      await store.create(swap, claims());
      expect(await swapIndex.modelsLabIdOf(swap.id)).toBeUndefined();
      await swapIndex.link(swap.id, '5');
      await swapIndex.link(swap.id, '6');
      expect(await swapIndex.modelsLabIdOf(swap.id)).toBe('5');
      expect(await swapIndex.idByModelsLabId('5')).toBe(swap.id);
      expect(await swapIndex.idByModelsLabId('6')).toBeUndefined();
    });

    test('throws UNAVAILABLE, and never reports a claim as free, when it is broken', async () => {
      const { store, swapIndex, breakIndex } = await open();
      await breakIndex();
      const unavailable = { code: 'UNAVAILABLE' };
      await expect(swapIndex.holder('ann', key('k'))).rejects.toMatchObject(unavailable);
      await expect(store.create(newSwap(), claims())).rejects.toMatchObject(unavailable);
      await expect(swapIndex.link('x', '5')).rejects.toMatchObject(unavailable);
      await expect(swapIndex.idByModelsLabId('5')).rejects.toMatchObject(unavailable);
      await expect(swapIndex.markEnded('x', 1)).rejects.toMatchObject(unavailable);
      await expect(swapIndex.open()).rejects.toMatchObject(unavailable);
      await expect(swapIndex.page('ann', 1)).rejects.toMatchObject(unavailable);
    });
  });
}

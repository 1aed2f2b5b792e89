import { describe, expect, test } from 'vitest';
import type { Acceptance, SwapIndex } from '../../src/swap/ports.js';

export interface LedgerUnderTest {
  swapIndex: SwapIndex;
  breakLedger(): Promise<void>;
}

const acceptance = (more: Partial<Acceptance> = {}): Acceptance => ({
  id: crypto.randomUUID(),
  client: 'ann',
  createdAt: Date.now(),
  fingerprint: 'print',
  ...more,
});
const key = (value: string) => ({ kind: 'key', value }) as const;
const input = (value: string) => ({ kind: 'input', value }) as const;

/** What every SwapLedger must do. @param open a new, empty swapIndex, which it closes itself when the test is over */
export function describeSwapLedger(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`${name} as a SwapLedger`, () => {
    test('accepts one of fifty concurrent swaps that claim the same key, and gives the others the holder', async () => {
      const { swapIndex } = await open();
      const rivals = Array.from({ length: 50 }, () => acceptance({ guard: key('k') }));
      const outcomes = await Promise.all(rivals.map((rival) => swapIndex.accept(rival)));
      const winner = rivals[outcomes.indexOf(undefined)];
      expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome?.swapId === winner?.id)).toHaveLength(49);
      expect(await swapIndex.holder('ann', key('k'))).toEqual({ swapId: winner?.id, fingerprint: 'print' });
      expect(await swapIndex.open()).toEqual([{ id: winner?.id, client: 'ann' }]);
    });

    test('assigns a claim to a swap even if another holds it, also after the swap is finished', async () => {
      const { swapIndex } = await open();
      const late = { kind: 'late', value: 'print' } as const;
      const [first, second] = [acceptance({ guard: input('print') }), acceptance()];
      const until = Date.now() + 60_000;
      for (const swap of [first, second]) {
        await swapIndex.accept(swap);
        await swapIndex.markEnded(swap.id, until);
        await swapIndex.assign('ann', late, { swapId: swap.id, fingerprint: 'print' }, until);
        expect(await swapIndex.holder('ann', late)).toEqual({ swapId: swap.id, fingerprint: 'print' });
      }
      expect(await swapIndex.holder('bob', late)).toBeUndefined();
      expect(await swapIndex.holder('ann', input('print'))).toMatchObject({ swapId: first.id });
    });

    test('keeps the claims of clients, keys and inputs apart', async () => {
      const { swapIndex } = await open();
      await swapIndex.accept(acceptance({ guard: key('k') }));
      expect(await swapIndex.holder('bob', key('k'))).toBeUndefined();
      expect(await swapIndex.holder('ann', input('k'))).toBeUndefined();
      expect(await swapIndex.accept(acceptance({ client: 'bob', guard: key('k') }))).toBeUndefined();
      expect(await swapIndex.accept(acceptance({ guard: input('k') }))).toBeUndefined();
    });

    test('transfers a claim only from the named holder', async () => {
      const { swapIndex } = await open();
      const [first, second, third] = [acceptance({ guard: input('i') }), acceptance(), acceptance()];
      await swapIndex.accept(first);
      expect(
        await swapIndex.accept({ ...second, guard: { ...input('i'), replaces: third.id } }),
      ).toMatchObject({
        swapId: first.id,
      });
      expect(
        await swapIndex.accept({ ...second, guard: { ...input('i'), replaces: first.id } }),
      ).toBeUndefined();
      expect(
        await swapIndex.accept({ ...third, guard: { ...input('i'), replaces: first.id } }),
      ).toMatchObject({
        swapId: second.id,
      });
      expect(await swapIndex.holder('ann', input('i'))).toMatchObject({ swapId: second.id });
    });

    test('takes over a claim that needs no guard from any holder', async () => {
      const { swapIndex } = await open();
      await swapIndex.accept(acceptance({ guard: input('i') }));
      const taker = acceptance({ guard: key('k'), takes: input('i') });
      expect(await swapIndex.accept(taker)).toBeUndefined();
      expect(await swapIndex.holder('ann', input('i'))).toMatchObject({ swapId: taker.id });
    });

    test('takes no claims for a swap that was not accepted', async () => {
      const { swapIndex } = await open();
      await swapIndex.accept(acceptance({ guard: key('k') }));
      const loser = acceptance({ guard: key('k'), takes: input('i') });
      expect(await swapIndex.accept(loser)).toBeDefined();
      expect(await swapIndex.holder('ann', input('i'))).toBeUndefined();
      expect((await swapIndex.page('ann', 10)).map(({ id }) => id)).not.toContain(loser.id);
    });

    test('lists open swaps in the order of acceptance until they are finished', async () => {
      const { swapIndex } = await open();
      const swaps = [acceptance(), acceptance({ client: 'bob' }), acceptance()];
      for (const swap of swaps) await swapIndex.accept(swap);
      await swapIndex.markEnded(swaps[0]?.id ?? '', Date.now() + 60_000);
      expect(await swapIndex.open()).toEqual(swaps.slice(1).map(({ id, client }) => ({ id, client })));
    });

    test('lists the swaps of a client, newest first, from a cursor on', async () => {
      const { swapIndex } = await open();
      const swaps = Array.from({ length: 5 }, () => acceptance());
      for (const swap of swaps) await swapIndex.accept(swap);
      await swapIndex.accept(acceptance({ client: 'bob' }));
      await swapIndex.markEnded(swaps[4]?.id ?? '', Date.now() + 60_000);
      const newestFirst = swaps.map(({ id }) => id).reverse();
      const page = await swapIndex.page('ann', 2);
      expect(page.map(({ id }) => id)).toEqual(newestFirst.slice(0, 2));
      const rest = await swapIndex.page('ann', 10, page[1]?.sequence);
      expect(rest.map(({ id }) => id)).toEqual(newestFirst.slice(2));
    });

    test('finds a swap by the first id that ModelsLab gave it', async () => {
      const { swapIndex } = await open();
      const swap = acceptance();
      await swapIndex.accept(swap);
      expect(await swapIndex.modelsLabIdOf(swap.id)).toBeUndefined();
      await swapIndex.link(swap.id, '5');
      await swapIndex.link(swap.id, '6');
      expect(await swapIndex.modelsLabIdOf(swap.id)).toBe('5');
      expect(await swapIndex.idByModelsLabId('5')).toBe(swap.id);
      expect(await swapIndex.idByModelsLabId('6')).toBeUndefined();
    });

    test('throws UNAVAILABLE, and never reports a claim as free, when it is broken', async () => {
      const { swapIndex, breakLedger } = await open();
      await breakLedger();
      const unavailable = { code: 'UNAVAILABLE' };
      await expect(swapIndex.holder('ann', key('k'))).rejects.toMatchObject(unavailable);
      await expect(swapIndex.accept(acceptance())).rejects.toMatchObject(unavailable);
      await expect(swapIndex.link('x', '5')).rejects.toMatchObject(unavailable);
      await expect(swapIndex.idByModelsLabId('5')).rejects.toMatchObject(unavailable);
      await expect(swapIndex.markEnded('x', 1)).rejects.toMatchObject(unavailable);
      await expect(swapIndex.open()).rejects.toMatchObject(unavailable);
      await expect(swapIndex.page('ann', 1)).rejects.toMatchObject(unavailable);
    });
  });
}

import { describe, expect, test } from 'vitest';
import type { Acceptance, SwapLedger } from '../../src/swap/ports.js';

export interface LedgerUnderTest {
  ledger: SwapLedger;
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

/** What every SwapLedger must do. @param open a new, empty ledger, which it closes itself when the test is over */
export function describeSwapLedger(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`${name} as a SwapLedger`, () => {
    test('accepts one of fifty that claim the same key at the same time, and tells the others who has it', async () => {
      const { ledger } = await open();
      const rivals = Array.from({ length: 50 }, () => acceptance({ guard: key('k') }));
      const outcomes = await Promise.all(rivals.map((rival) => ledger.accept(rival)));
      const winner = rivals[outcomes.indexOf(undefined)];
      expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome?.swapId === winner?.id)).toHaveLength(49);
      expect(await ledger.holder('ann', key('k'))).toEqual({ swapId: winner?.id, fingerprint: 'print' });
      expect(await ledger.open()).toEqual([{ id: winner?.id, client: 'ann' }]);
    });

    test('assigns a claim to a swap even if another holds it, also after the swap was closed', async () => {
      const { ledger } = await open();
      const late = { kind: 'late', value: 'print' } as const;
      const [first, second] = [acceptance({ guard: input('print') }), acceptance()];
      const until = Date.now() + 60_000;
      for (const swap of [first, second]) {
        await ledger.accept(swap);
        await ledger.close(swap.id, until);
        await ledger.assign('ann', late, { swapId: swap.id, fingerprint: 'print' }, until);
        expect(await ledger.holder('ann', late)).toEqual({ swapId: swap.id, fingerprint: 'print' });
      }
      expect(await ledger.holder('bob', late)).toBeUndefined();
      expect(await ledger.holder('ann', input('print'))).toMatchObject({ swapId: first.id });
    });

    test('keeps the claims of clients, keys and inputs apart', async () => {
      const { ledger } = await open();
      await ledger.accept(acceptance({ guard: key('k') }));
      expect(await ledger.holder('bob', key('k'))).toBeUndefined();
      expect(await ledger.holder('ann', input('k'))).toBeUndefined();
      expect(await ledger.accept(acceptance({ client: 'bob', guard: key('k') }))).toBeUndefined();
      expect(await ledger.accept(acceptance({ guard: input('k') }))).toBeUndefined();
    });

    test('hands a claim over only from the holder that was named', async () => {
      const { ledger } = await open();
      const [first, second, third] = [acceptance({ guard: input('i') }), acceptance(), acceptance()];
      await ledger.accept(first);
      expect(await ledger.accept({ ...second, guard: { ...input('i'), replaces: third.id } })).toMatchObject({
        swapId: first.id,
      });
      expect(
        await ledger.accept({ ...second, guard: { ...input('i'), replaces: first.id } }),
      ).toBeUndefined();
      expect(await ledger.accept({ ...third, guard: { ...input('i'), replaces: first.id } })).toMatchObject({
        swapId: second.id,
      });
      expect(await ledger.holder('ann', input('i'))).toMatchObject({ swapId: second.id });
    });

    test('takes a claim that needs no guard from whoever has it', async () => {
      const { ledger } = await open();
      await ledger.accept(acceptance({ guard: input('i') }));
      const taker = acceptance({ guard: key('k'), takes: input('i') });
      expect(await ledger.accept(taker)).toBeUndefined();
      expect(await ledger.holder('ann', input('i'))).toMatchObject({ swapId: taker.id });
    });

    test('takes nothing for a swap that was not accepted', async () => {
      const { ledger } = await open();
      await ledger.accept(acceptance({ guard: key('k') }));
      const loser = acceptance({ guard: key('k'), takes: input('i') });
      expect(await ledger.accept(loser)).toBeDefined();
      expect(await ledger.holder('ann', input('i'))).toBeUndefined();
      expect((await ledger.page('ann', 10)).map(({ id }) => id)).not.toContain(loser.id);
    });

    test('has what is open in the order of acceptance, until it is closed', async () => {
      const { ledger } = await open();
      const swaps = [acceptance(), acceptance({ client: 'bob' }), acceptance()];
      for (const swap of swaps) await ledger.accept(swap);
      await ledger.close(swaps[0]?.id ?? '', Date.now() + 60_000);
      expect(await ledger.open()).toEqual(swaps.slice(1).map(({ id, client }) => ({ id, client })));
    });

    test('lists the swaps of a client, newest first, from a place on', async () => {
      const { ledger } = await open();
      const swaps = Array.from({ length: 5 }, () => acceptance());
      for (const swap of swaps) await ledger.accept(swap);
      await ledger.accept(acceptance({ client: 'bob' }));
      await ledger.close(swaps[4]?.id ?? '', Date.now() + 60_000);
      const newestFirst = swaps.map(({ id }) => id).reverse();
      const page = await ledger.page('ann', 2);
      expect(page.map(({ id }) => id)).toEqual(newestFirst.slice(0, 2));
      const rest = await ledger.page('ann', 10, page[1]?.sequence);
      expect(rest.map(({ id }) => id)).toEqual(newestFirst.slice(2));
    });

    test('finds a swap by the first id that ModelsLab gave it', async () => {
      const { ledger } = await open();
      const swap = acceptance();
      await ledger.accept(swap);
      expect(await ledger.modelsLabIdOf(swap.id)).toBeUndefined();
      await ledger.link(swap.id, '5');
      await ledger.link(swap.id, '6');
      expect(await ledger.modelsLabIdOf(swap.id)).toBe('5');
      expect(await ledger.idByModelsLabId('5')).toBe(swap.id);
      expect(await ledger.idByModelsLabId('6')).toBeUndefined();
    });

    test('says UNAVAILABLE, and never "free", when it is broken', async () => {
      const { ledger, breakLedger } = await open();
      await breakLedger();
      const unavailable = { code: 'UNAVAILABLE' };
      await expect(ledger.holder('ann', key('k'))).rejects.toMatchObject(unavailable);
      await expect(ledger.accept(acceptance())).rejects.toMatchObject(unavailable);
      await expect(ledger.link('x', '5')).rejects.toMatchObject(unavailable);
      await expect(ledger.idByModelsLabId('5')).rejects.toMatchObject(unavailable);
      await expect(ledger.close('x', 1)).rejects.toMatchObject(unavailable);
      await expect(ledger.open()).rejects.toMatchObject(unavailable);
      await expect(ledger.page('ann', 1)).rejects.toMatchObject(unavailable);
    });
  });
}

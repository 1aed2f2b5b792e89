import { describe, expect, test } from 'vitest';
import type { ListPosition, SwapClaims, SwapIndex, SwapStore } from '../../src/swap/ports.js';
import { type EndedStatus, type QueuedSwap, queuedSwap } from '../../src/swap/swap.js';
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
const swapAt = (createdAt: number, client = 'ann'): QueuedSwap => ({ ...newSwap(client), createdAt });
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
      const filtered = await swapIndex.candidates('web', { createdAfter: 0 }, 10);
      expect(filtered.map(({ id }) => id)).toEqual(ids([3, 0]));
      const ofAda = await swapIndex.candidates('token:web:ada%20', { createdAfter: 0 }, 10);
      expect(ofAda.map(({ id }) => id)).toEqual(ids([1]));
    });

    describe('lists candidates for a filter', () => {
      const start = Date.now() - 1_000_000;
      const accept = async (under: IndexUnderTest, createdAt: number, status?: EndedStatus) => {
        const swap = swapAt(createdAt);
        await under.store.create(swap, claims());
        if (status) await end(under, swap, status, 60_000);
        return swap.id;
      };
      const end = async (under: IndexUnderTest, swap: QueuedSwap, status: EndedStatus, ttlMs: number) => {
        const expiresAt = Date.now() + ttlMs;
        await under.store.finish({ ...swap, status, completedAt: swap.createdAt, expiresAt });
        await under.swapIndex.markEnded(swap.id, expiresAt, status);
      };
      const only = (...statuses: EndedStatus[]) => ({ statuses: new Set(statuses) });

      test('by status, among many others, and always the open ones', async () => {
        const under = await open();
        const ids: Record<string, string> = {};
        for (const [n, status] of (['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'] as const).entries())
          ids[status] = await accept(under, start + n, status);
        const queued = await accept(under, start + 10);
        const rows = async (...statuses: EndedStatus[]) =>
          (await under.swapIndex.candidates('ann', only(...statuses), 10)).map(({ id }) => id);
        expect(await rows('FAILED')).toEqual([queued, ids['FAILED']]);
        expect(await rows('SUCCEEDED', 'EXPIRED')).toEqual([queued, ids['EXPIRED'], ids['SUCCEEDED']]);
        expect(await rows()).toEqual([queued]);
        expect(await under.swapIndex.candidates('ann', {}, 10)).toHaveLength(5);
        expect(await under.swapIndex.candidates('bob', {}, 10)).toEqual([]);
      });

      test('by time of creation, exclusively', async () => {
        const under = await open();
        const ids: string[] = [];
        for (let n = 0; n < 5; n += 1) ids.push(await accept(under, start + n, n % 2 ? 'FAILED' : undefined));
        const rows = async (filter: object) =>
          (await under.swapIndex.candidates('ann', filter, 10)).map(({ id }) => ids.indexOf(id));
        expect(await rows({ createdAfter: start + 1 })).toEqual([4, 3, 2]);
        expect(await rows({ createdBefore: start + 2 })).toEqual([1, 0]);
        expect(await rows({ createdAfter: start, createdBefore: start + 3 })).toEqual([2, 1]);
        expect(await rows({ createdAfter: start + 3, createdBefore: start })).toEqual([]);
        expect(await rows({ createdAfter: start + 10 })).toEqual([]);
      });

      test('page by page, also swaps of the same millisecond and after a clock that was set back', async () => {
        const under = await open();
        const times = [5, 5, 5, 2, 2, 9, 1, 5];
        const ids: string[] = [];
        for (const [n, time] of times.entries())
          ids.push(await accept(under, start + time, n % 3 ? 'SUCCEEDED' : 'FAILED'));
        const expected = [5, 7, 2, 1, 0, 4, 3, 6];
        for (const size of [1, 2, 3, 100]) {
          const seen: string[] = [];
          for (let before: ListPosition | undefined; ; ) {
            const rows = await under.swapIndex.candidates('ann', {}, size, before);
            seen.push(...rows.map(({ id }) => id));
            if (rows.length < size) break;
            before = rows.at(-1);
          }
          expect(seen.map((id) => ids.indexOf(id))).toEqual(expected);
        }
        const [third] = await under.swapIndex.candidates('ann', {}, 1, { createdAt: start + 5, sequence: 0 });
        expect(third?.id).toBe(ids[4]);
        const later = { createdBefore: start + 5 };
        const capped = await under.swapIndex.candidates('ann', later, 2, {
          createdAt: start + 9,
          sequence: 0,
        });
        expect(capped.map(({ id }) => ids.indexOf(id))).toEqual([4, 3]);
      });

      test('without those that have expired', async () => {
        const under = await open();
        const swap = swapAt(start);
        await under.store.create(swap, claims());
        await accept(under, start + 1, 'FAILED');
        await end(under, swap, 'SUCCEEDED', 20);
        await expect
          .poll(async () => (await under.swapIndex.candidates('ann', only('SUCCEEDED'), 10)).length)
          .toBe(0);
        expect(await under.swapIndex.candidates('ann', {}, 10)).toHaveLength(1);
      });
    });

    test('omits swaps that have expired from the pages of a client', async () => {
      const { store, swapIndex } = await open();
      const [kept, expired] = [newSwap(), newSwap()];
      for (const swap of [kept, expired]) await store.create(swap, claims());
      await swapIndex.markEnded(expired.id, Date.now() + 20, 'SUCCEEDED');
      await expect.poll(async () => (await swapIndex.page('ann', 10)).map(({ id }) => id)).toEqual([kept.id]);
    });

    test('omits swaps that have expired from the page of an account', async () => {
      const { store, swapIndex } = await open();
      const clients = ['web', 'token:web:ada', 'token:web:bob', 'token:web:ada'];
      const swaps = clients.map(newSwap);
      for (const swap of swaps) await store.create(swap, claims());
      for (const swap of swaps.slice(0, 2)) await swapIndex.markEnded(swap.id, Date.now() + 20, 'SUCCEEDED');
      const listed = async () => (await swapIndex.accountPage('web', 10)).map(({ id }) => id);
      await expect.poll(listed).toEqual([swaps[3]?.id, swaps[2]?.id]);
      expect((await swapIndex.page('token:web:ada', 10)).map(({ id }) => id)).toEqual([swaps[3]?.id]);
      expect(await swapIndex.candidates('token:web:ada', {}, 10)).toHaveLength(1);
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
      await expect(swapIndex.candidates('ann', {}, 1)).rejects.toMatchObject(unavailable);
    });
  });
}

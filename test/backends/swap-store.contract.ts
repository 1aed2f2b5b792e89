import { describe, expect, test } from 'vitest';
import { erasedSwap } from '../../src/swap/erasure.js';
import { failure } from '../../src/swap/failures.js';
import type { SwapArchive } from '../../src/swap/files.js';
import type { SwapStore } from '../../src/swap/ports.js';
import {
  applyTransition,
  type EndedSwap,
  isEnded,
  type LateResult,
  type PendingSwap,
  type QueuedSwap,
  queuedSwap,
} from '../../src/swap/swap.js';
import { images } from '../../testing/swap-client.js';

export interface StoreOptions {
  /** Default: a minute. */
  pendingTtlMs?: number;
}

export interface StoreUnderTest {
  store: SwapStore;
  /** Makes every further access fail. */
  breakStore(): Promise<void>;
  /** Whether a stored value contains a text. */
  contains(text: string): Promise<boolean>;
}

const pending = (): QueuedSwap =>
  queuedSwap(crypto.randomUUID(), 'ann', { ...images, watermark: true }, Date.now());

function ended(swap: PendingSwap, message: string, ttlMs = 60_000): EndedSwap {
  const failed = applyTransition(
    swap,
    { type: 'failed', error: failure('REJECTED', message) },
    Date.now(),
    ttlMs,
  );
  if (!isEnded(failed)) throw new Error('not ended');
  return failed;
}

function timedOut(swap: PendingSwap, ttlMs = 60_000): EndedSwap {
  const error = failure('TIMED_OUT', 'too slow');
  const failed = applyTransition(swap, { type: 'failed', error, inferred: true }, Date.now(), ttlMs);
  if (!isEnded(failed)) throw new Error('not ended');
  return failed;
}

function succeeded(swap: PendingSwap): EndedSwap {
  const result = {
    output: ['https://x.example/1.jpg'],
    proxyLinks: [],
    files: { token: crypto.randomUUID().replaceAll('-', '') },
  };
  const end = applyTransition(swap, { type: 'succeeded', result }, Date.now(), 60_000);
  if (!isEnded(end)) throw new Error('not ended');
  return end;
}

const archiveOf = (n: number): SwapArchive => ({
  state: 'STORED',
  files: [{ contentType: 'image/png', bytes: n, sha256: 'a', sourceSha256: 'b', archivedAt: n }, null],
  endedAt: n,
});

const lateResult = (url: string): LateResult => ({
  result: { output: [url], proxyLinks: [] },
  modelsLabId: 'm-1',
  receivedAt: Date.now(),
});

/** What every SwapStore must do. @param open returns a new, empty store, and closes it after the test */
export function describeSwapStore(
  name: string,
  open: (options?: StoreOptions) => Promise<StoreUnderTest>,
): void {
  describe(`${name} as a SwapStore`, () => {
    test('returns the last saved record', async () => {
      const { store } = await open();
      const swap = pending();
      await store.save(swap);
      const submitting = applyTransition(swap, { type: 'submitting' }, Date.now(), 1) as PendingSwap;
      await store.save(submitting);
      expect(await store.get(swap.id)).toEqual(submitting);
      expect(await store.get(crypto.randomUUID())).toBeUndefined();
    });

    test('returns a created swap', async () => {
      const { store } = await open();
      const swap = pending();
      expect(await store.create(swap, { fingerprint: 'print' })).toBeUndefined();
      expect(await store.get(swap.id)).toEqual(swap);
    });

    test('drops an open swap once it expires', async () => {
      const { store } = await open({ pendingTtlMs: 100 });
      const swap = pending();
      await store.create(swap, { fingerprint: 'print' });
      await expect.poll(() => store.get(swap.id), { interval: 10 }).toBeUndefined();
    });

    test('keeps the first of fifty concurrent outcomes', async () => {
      const { store } = await open();
      const swap = pending();
      await store.save(swap);
      const settled = await Promise.all(
        Array.from({ length: 50 }, (_, n) => store.finish(ended(swap, `end ${n}`))),
      );
      expect(settled.filter(({ first }) => first)).toHaveLength(1);
      const stored = await store.get(swap.id);
      expect(new Set(settled.map(({ swap }) => JSON.stringify(swap)))).toEqual(
        new Set([JSON.stringify(stored)]),
      );
    });

    test('never lets a late save reopen a finished swap', async () => {
      const { store } = await open();
      const swap = pending();
      const end = ended(swap, 'over');
      await store.finish(end);
      await store.save(swap);
      expect(await store.get(swap.id)).toEqual(end);
    });

    test('keeps one of fifty concurrent late results, and leaves the outcome unchanged', async () => {
      const { store } = await open();
      const end = timedOut(pending());
      await store.finish(end);
      expect(await store.get(end.id)).toEqual(end);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          store.saveLateResult(end, lateResult(`https://x.example/${n}.jpg`)),
        ),
      );
      expect(outcomes.filter(({ first }) => first)).toHaveLength(1);
      const stored = await store.get(end.id);
      const winner = outcomes.find(({ first }) => first)?.swap;
      expect(stored).toEqual(winner);
      expect(stored).toMatchObject({ status: 'FAILED', error: end.error, modelsLabId: 'm-1' });
      for (const { swap } of outcomes) expect(swap).toEqual(winner);
      expect((await store.finish(end)).swap).toEqual(winner);
    });

    test('drops a late result with its swap', async () => {
      const { store } = await open();
      const end = timedOut(pending(), 2000);
      await store.finish(end);
      await store.saveLateResult(end, lateResult('https://x.example/1.jpg'));
      await expect.poll(() => store.get(end.id), { interval: 20 }).toBeUndefined();
    });

    test('keeps one of fifty concurrent archive records, and leaves the outcome unchanged', async () => {
      const { store } = await open();
      const end = succeeded(pending());
      await store.finish(end);
      expect(await store.get(end.id)).toEqual(end);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, n) => store.saveArchive(end, archiveOf(n))),
      );
      expect(outcomes.filter(({ first }) => first)).toHaveLength(1);
      const stored = await store.get(end.id);
      expect(stored).toEqual({ ...end, archive: expect.objectContaining({ state: 'STORED' }) });
      for (const { swap } of outcomes) expect(swap).toEqual(stored);
      expect((await store.finish(end)).swap).toEqual(stored);
    });

    test('keeps the archive record of a late result', async () => {
      const { store } = await open();
      const end = timedOut(pending());
      await store.finish(end);
      const late = lateResult('https://x.example/1.jpg');
      const named = { ...late, result: { ...late.result, files: { token: 'ab'.repeat(16) } } };
      const { swap } = await store.saveLateResult(end, named);
      await store.saveArchive(swap, archiveOf(1));
      expect(await store.get(end.id)).toMatchObject({
        status: 'FAILED',
        lateResult: named,
        archive: archiveOf(1),
      });
    });

    test('keeps what is left of an erased swap, whatever is written later', async () => {
      const { store, contains } = await open();
      for (const endOf of [succeeded, timedOut]) {
        const swap = pending();
        await store.create(swap, { fingerprint: 'x' });
        const end = endOf(swap);
        await store.finish(end);
        const erased = erasedSwap(end, Date.now(), 'https://gateway.example/erased.jpg');
        await store.erase(end, erased);
        expect(await store.get(swap.id)).toEqual(erased);
        await store.save({ ...swap, updatedAt: Date.now() });
        expect(await store.saveLateResult(end, lateResult('https://x.example/2.jpg'))).toEqual({
          swap: erased,
          first: false,
        });
        expect(await store.saveArchive(end, archiveOf(1))).toEqual({ swap: erased, first: false });
        expect(await store.finish(end)).toEqual({ swap: erased, first: false });
        for (const text of ['x.example', images.initImage, 'image/png'])
          expect(await contains(text), text).toBe(false);
        await store.erase(end, erased);
        expect(await store.get(swap.id)).toEqual(erased);
      }
    });

    test('drops a finished swap once it expires', async () => {
      const { store } = await open();
      const swap = pending();
      await store.finish(ended(swap, 'soon gone', 30));
      await expect.poll(() => store.get(swap.id), { interval: 10 }).toBeUndefined();
    });

    test('throws UNAVAILABLE, and never reports a swap as missing, when it is broken', async () => {
      const { store, breakStore } = await open();
      const swap = pending();
      await store.save(swap);
      await breakStore();
      const unavailable = { code: 'UNAVAILABLE' };
      await expect(store.get(swap.id)).rejects.toMatchObject(unavailable);
      await expect(store.save(swap)).rejects.toMatchObject(unavailable);
      await expect(store.finish(ended(swap, 'x'))).rejects.toMatchObject(unavailable);
      await expect(
        store.saveLateResult(ended(swap, 'x'), lateResult('https://x.example')),
      ).rejects.toMatchObject(unavailable);
      await expect(store.create(pending(), { fingerprint: 'x' })).rejects.toMatchObject(unavailable);
      await expect(store.ping()).rejects.toMatchObject(unavailable);
    });
  });
}

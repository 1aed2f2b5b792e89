import { describe, expect, test } from 'vitest';
import { fingerprint, operationOf } from '../../src/swap/operations/registry.js';
import type { SwapIndex, SwapStore } from '../../src/swap/ports.js';
import { isUnreadable } from '../../src/swap/record.js';
import { applyTransition, type EndedStatus, type EndedSwap, queuedSwap } from '../../src/swap/swap.js';
import type { WebhookOutbox } from '../../src/swap/webhook-outbox.js';
import { images } from '../../testing/swap-client.js';

/** A store, and direct access to its storage. */
export interface RawStore {
  store: SwapStore;
  /** Writes the text of a record, as another version or a fault may have left it. */
  writeRaw(kind: 'pending' | 'ended', id: string, text: string): Promise<void>;
  readRaw(kind: 'pending' | 'ended', id: string): Promise<unknown>;
}

export interface RecordsUnderTest {
  openRaw(): Promise<RawStore>;
  /** What the gateway wrote before records had a version; the fixtures hold the same swaps for both backends. */
  openFixture(): Promise<{ store: SwapStore; swapIndex: SwapIndex; outbox: WebhookOutbox }>;
}

const [queued, submitting, processing, succeeded, failed] = ['1', '2', '3', '4', '5'].map(
  (last) => `00000000-0000-4000-8000-00000000000${last}`,
) as [string, string, string, string, string];
const acceptedAt = 1_790_000_000_000;
const expires = Date.UTC(2100, 0, 1);
const request = { ...images, watermark: true };

const pendingRecord = (id: string): Record<string, unknown> => ({
  ...queuedSwap(id, 'ann', request, acceptedAt),
});
const endedRecord = (id: string): Record<string, unknown> => ({
  ...pendingRecord(id),
  status: 'FAILED',
  error: { code: 'REJECTED', message: 'No.', retryable: false },
  completedAt: acceptedAt,
  expiresAt: expires,
});
const envelope = (value: unknown): string => JSON.stringify({ value, expires });

type MakeText = (id: string) => string;
/** Values under a swap's key that this gateway cannot read as that swap. */
const unreadable: Record<string, { kind: 'pending' | 'ended'; text: MakeText }> = {
  'no JSON': { kind: 'pending', text: () => 'not JSON' },
  'truncated JSON': { kind: 'ended', text: (id) => envelope(endedRecord(id)).slice(0, -20) },
  'an empty text': { kind: 'pending', text: () => '' },
  null: { kind: 'pending', text: () => 'null' },
  'a number': { kind: 'ended', text: () => '5' },
  'an empty object': { kind: 'pending', text: () => '{}' },
  'no value': { kind: 'ended', text: () => '{"expires":4102444800000}' },
  'a null value': { kind: 'pending', text: () => envelope(null) },
  'a list': { kind: 'pending', text: () => envelope([1]) },
  'a string instead of a record': { kind: 'ended', text: () => envelope('FAILED') },
  'a record without a request': {
    kind: 'pending',
    text: (id) => envelope({ ...pendingRecord(id), request: undefined }),
  },
  'a time that is a string': {
    kind: 'pending',
    text: (id) => envelope({ ...pendingRecord(id), createdAt: 'now' }),
  },
  'an unknown status': {
    kind: 'pending',
    text: (id) => envelope({ ...pendingRecord(id), status: 'PAUSED' }),
  },
  'a pending record instead of a finished one': { kind: 'ended', text: (id) => envelope(pendingRecord(id)) },
  'the record of another swap': { kind: 'pending', text: () => envelope(pendingRecord(crypto.randomUUID())) },
  'an operation that only a newer gateway knows': {
    kind: 'pending',
    text: (id) => envelope({ ...pendingRecord(id), request: { ...request, operation: 'other' } }),
  },
  'a newer version': { kind: 'pending', text: (id) => envelope({ ...pendingRecord(id), version: 2 }) },
  'a version that is not a number': {
    kind: 'ended',
    text: (id) => envelope({ ...endedRecord(id), version: 'two' }),
  },
  'pictures that are not a list': {
    kind: 'ended',
    text: (id) => envelope({ ...endedRecord(id), result: { output: 'https://x.example', proxyLinks: [] } }),
  },
};

/** How every store must treat records of other versions, and malformed ones. */
export function describeStoredRecords(name: string, { openRaw, openFixture }: RecordsUnderTest): void {
  describe(`records of swaps in ${name}`, () => {
    test.each(Object.entries(unreadable))(
      '%s causes UNAVAILABLE with the swap in its cause, and is never reported as missing',
      async (_, { kind, text }) => {
        const { store, writeRaw } = await openRaw();
        const id = crypto.randomUUID();
        await writeRaw(kind, id, text(id));
        const error = await store.get(id).then(
          (swap) => expect.fail(`it was read as ${JSON.stringify(swap)}`),
          (reason: unknown) => reason,
        );
        expect(error).toMatchObject({ code: 'UNAVAILABLE' });
        expect(isUnreadable(error)).toBe(true);
      },
    );

    test('a record contains its version, which is not part of the swap', async () => {
      const { store, readRaw } = await openRaw();
      const id = crypto.randomUUID();
      const swap = queuedSwap(id, 'ann', request, acceptedAt);
      await store.save(swap);
      expect(await readRaw('pending', id)).toMatchObject({ id, version: 1 });
      expect(await store.get(id)).toEqual(swap);
    });

    test('a late result contains its version, which is not part of it; one without a version is read, a newer one is not', async () => {
      const { store, writeRaw, readRaw } = await openRaw();
      const [written, older, newer] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
      const late = {
        result: { output: ['https://x.example/1.jpg'], proxyLinks: [] },
        receivedAt: acceptedAt,
      };
      const fail = async (id: string): Promise<EndedSwap> => {
        const failed = { ...endedRecord(id), lateUntil: expires } as unknown as EndedSwap;
        return (await store.finish(failed)).swap;
      };
      await store.saveLateResult(await fail(written), late);
      expect(await readRaw('ended', `late:${written}`)).toEqual({ ...late, version: 1 });
      expect(((await store.get(written)) as EndedSwap).lateResult).toEqual(late);
      await fail(older);
      await writeRaw('ended', `late:${older}`, envelope(late));
      expect(((await store.get(older)) as EndedSwap).lateResult).toEqual(late);
      await fail(newer);
      await writeRaw('ended', `late:${newer}`, envelope({ ...late, version: 2 }));
      await expect(store.get(newer)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    test('a request without an operation is a single face swap, and is stored unchanged for older gateways', async () => {
      const { store, writeRaw, readRaw } = await openRaw();
      const [older, newer] = [crypto.randomUUID(), crypto.randomUUID()];
      await store.save(queuedSwap(older, 'ann', request, acceptedAt));
      expect(((await readRaw('pending', older)) as { request: object }).request).toEqual(request);
      const named = { ...request, operation: 'single' };
      await writeRaw('pending', newer, envelope({ ...pendingRecord(newer), request: named }));
      for (const id of [older, newer]) {
        const swap = await store.get(id);
        expect(swap && operationOf(swap.request)).toBe('single');
        expect(swap && fingerprint(swap.request)).toBe(fingerprint(request));
      }
    });

    test('fields of a newer gateway running alongside are read, and preserved on write', async () => {
      const { store, writeRaw, readRaw } = await openRaw();
      const id = crypto.randomUUID();
      const added = { priority: 3, request: { ...request, style: 'oil' }, tags: [{ a: 1 }] };
      await writeRaw('pending', id, envelope({ ...pendingRecord(id), ...added }));
      const swap = await store.get(id);
      if (swap?.status !== 'QUEUED') throw new Error('not queued');
      const marked = applyTransition(swap, { type: 'submitting' }, acceptedAt + 1, 1);
      const taken = applyTransition(marked, { type: 'accepted', modelsLabId: '9' }, acceptedAt + 2, 1);
      if (taken.status !== 'PROCESSING') throw new Error('not processing');
      await store.save(taken);
      expect(await readRaw('pending', id)).toMatchObject({ ...added, status: 'PROCESSING', version: 1 });
    });

    test('fields of a newer gateway on a finished swap are read', async () => {
      const { store, writeRaw } = await openRaw();
      const id = crypto.randomUUID();
      const added = { lateResult: { output: ['https://x.example/1.jpg'] }, inferred: true };
      await writeRaw('ended', id, envelope({ ...endedRecord(id), ...added }));
      expect(await store.get(id)).toMatchObject({ status: 'FAILED', ...added });
    });

    test('an error code that only a newer gateway knows is shown as the nearest known one', async () => {
      const { store, writeRaw } = await openRaw();
      const id = crypto.randomUUID();
      const error = { code: 'OUT_OF_PAINT', message: 'No paint is left.', retryable: true };
      await writeRaw('ended', id, envelope({ ...endedRecord(id), error }));
      expect(await store.get(id)).toMatchObject({ error: { ...error, code: 'UPSTREAM_FAILED' } });
    });

    test('data written before swaps were listed by status can be filtered', async () => {
      const { swapIndex } = await openFixture();
      const list = async (...statuses: EndedStatus[]) =>
        (await swapIndex.candidates('bob', { statuses: new Set(statuses) }, 10)).map(({ id }) => id);
      expect(await list('SUCCEEDED')).toEqual([succeeded, processing]);
      expect(await list('FAILED')).toEqual([failed, processing]);
      const [row] = await swapIndex.candidates('ada', { createdBefore: acceptedAt + 1 }, 1);
      expect(row).toMatchObject({ id: submitting, createdAt: acceptedAt });
    });

    test('data written before records had a version is readable: swaps, claims, lists, deliveries', async () => {
      const { store, swapIndex, outbox } = await openFixture();
      expect(await store.get(queued)).toEqual({
        id: queued,
        client: 'ada',
        request: { ...request, trackId: 7, webhook: 'https://client.example.com/hook', consent: true },
        status: 'QUEUED',
        createdAt: acceptedAt,
        updatedAt: acceptedAt,
      });
      expect(await store.get(submitting)).toMatchObject({
        status: 'QUEUED',
        submittingSince: acceptedAt + 1,
      });
      expect(await store.get(processing)).toMatchObject({
        status: 'PROCESSING',
        modelsLabId: '77',
        submittedAt: acceptedAt + 1,
        estimatedCompletionAt: acceptedAt + 9002,
      });
      expect(await store.get(succeeded)).toMatchObject({
        status: 'SUCCEEDED',
        modelsLabId: '78',
        result: {
          output: ['https://files.example.com/78.jpg'],
          meta: { filePrefix: ':odd "name"', seed: 7 },
        },
      });
      expect(await store.get(failed)).toMatchObject({ status: 'FAILED', error: { code: 'NO_FACE_FOUND' } });
      expect(await swapIndex.open()).toEqual([
        { id: queued, client: 'ada' },
        { id: submitting, client: 'ada' },
        { id: processing, client: 'bob' },
      ]);
      expect((await swapIndex.page('bob', 10)).map(({ id }) => id)).toEqual([failed, succeeded, processing]);
      expect(await swapIndex.holder('ada', { kind: 'key', value: 'key 1' })).toEqual({
        swapId: queued,
        fingerprint: `print-of-${queued}`,
      });
      expect(await swapIndex.idByModelsLabId('78')).toBe(succeeded);
      expect(await outbox.take(acceptedAt + 70_000, 60_000, 10)).toEqual([
        { swapId: succeeded, attempts: 2 },
      ]);
    });

    test('older data can be updated: a mark, a finished swap, the next swap', async () => {
      const { store, swapIndex } = await openFixture();
      const swap = await store.get(processing);
      if (swap?.status !== 'PROCESSING') throw new Error('not processing');
      const end = applyTransition(
        swap,
        { type: 'succeeded', result: { output: ['https://x.example/1.jpg'], proxyLinks: [] } },
        Date.now(),
        60_000,
      );
      if (end.status !== 'SUCCEEDED') throw new Error('not ended');
      expect(await store.finish(end)).toEqual({ swap: end, first: true });
      expect(await store.get(processing)).toEqual(end);
      const next = queuedSwap(crypto.randomUUID(), 'bob', request, Date.now());
      const guardedBy = (value: string) => ({ fingerprint: 'x', guard: { kind: 'key', value } }) as const;
      expect(await store.create(next, guardedBy('key 5'))).toMatchObject({ swapId: failed });
      expect(await store.create(next, guardedBy('new'))).toBeUndefined();
      expect((await swapIndex.page('bob', 1)).map(({ id }) => id)).toEqual([next.id]);
    });
  });
}

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { databaseName } from '../../src/backends/sqlite/database.js';
import { systemClock } from '../../src/lib/clock.js';
import { endRestoredSwaps } from '../../src/swap/lifecycle/end-restored.js';
import { createTransitions } from '../../src/swap/lifecycle/transitions.js';
import { applyTransition, type QueuedSwap, queuedSwap, type Swap } from '../../src/swap/swap.js';
import { captureLog } from '../../testing/capture-log.js';
import { openEmbeddedBackend } from '../../testing/embedded-backend.js';
import { images } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const resultTtlMs = 60_000;
const acceptedAt = Date.now();

async function openStore(dataDir = temporaryFolder()) {
  const backend = openEmbeddedBackend({ dataDir });
  const { log, text } = captureLog();
  const deps = { ...backend, clock: systemClock, policy: { resultTtlMs }, log, failpoint: () => undefined };
  const transitions = createTransitions({ ...deps, late: backend.latePolls });
  return {
    ...backend,
    text,
    endRestored: (before = Number.POSITIVE_INFINITY) => endRestoredSwaps({ ...deps, transitions, before }),
    async accept(changes: Partial<QueuedSwap> = {}): Promise<QueuedSwap> {
      const request = { ...images, watermark: true };
      const swap = { ...queuedSwap(crypto.randomUUID(), 'ann', request, acceptedAt), ...changes };
      await backend.store.create(swap, { fingerprint: 'f' });
      return swap;
    },
  };
}

/** The swap after the transitions, saved. */
async function advance(
  { store }: Awaited<ReturnType<typeof openStore>>,
  swap: QueuedSwap,
  ...steps: Parameters<typeof applyTransition>[1][]
): Promise<Swap> {
  const next = steps.reduce<Swap>((now, step) => applyTransition(now, step, acceptedAt, resultTtlMs), swap);
  if (next.status === 'QUEUED' || next.status === 'PROCESSING') await store.save(next);
  else await store.finish(next);
  return next;
}

test('ends swaps in every open state as unknown, and leaves finished ones as they were', async () => {
  const opened = await openStore();
  const { store, swapIndex, accept, endRestored } = opened;
  const queued = await accept();
  const marked = await advance(opened, await accept(), { type: 'submitting' });
  const lost = await advance(opened, await accept(), { type: 'submitting' }, { type: 'outcome-unknown' });
  const known = await advance(opened, await accept(), {
    type: 'accepted',
    modelsLabId: 'm-1',
    fetchPath: '/x',
  });
  const linked = await advance(opened, await accept(), { type: 'submitting' }, { type: 'outcome-unknown' });
  await swapIndex.link(linked.id, 'm-2');
  const canceled = await advance(opened, await accept(), { type: 'canceled' });

  await endRestored();
  for (const { id } of [queued, marked, lost, known, linked])
    expect(await store.get(id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'SUBMISSION_UNKNOWN' },
      lateUntil: expect.any(Number),
    });
  expect(await store.get(known.id)).toMatchObject({ modelsLabId: 'm-1', fetchPath: '/x' });
  expect(await store.get(linked.id)).toMatchObject({ modelsLabId: 'm-2' });
  expect(await store.get(canceled.id)).toEqual(canceled);
  expect(await swapIndex.open()).toEqual([]);
  const due = await opened.latePolls.take(Date.now() + 3_600_000, 1000, 10);
  expect(due.map(({ swapId }) => swapId).sort()).toEqual([known.id, linked.id].sort());
});

test('a swap that completes with an earlier result succeeds', async () => {
  const { store, accept, endRestored } = await openStore();
  const result = { output: ['https://files.example.com/1.jpg'], proxyLinks: [] };
  const { id } = await accept({ recovered: { from: 'earlier', result } });
  await endRestored();
  expect(await store.get(id)).toMatchObject({ status: 'SUCCEEDED', result, recoveredFrom: 'earlier' });
});

test('leaves swaps alone that were accepted after the restoration', async () => {
  const { store, swapIndex, accept, endRestored } = await openStore();
  const older = await accept({ createdAt: acceptedAt - 1 });
  const newer = await accept();
  await endRestored(acceptedAt);
  expect(await store.get(older.id)).toMatchObject({ status: 'FAILED' });
  expect(await store.get(newer.id)).toEqual(newer);
  expect(await swapIndex.open()).toEqual([{ id: newer.id, client: 'ann' }]);
});

test('an unreadable swap is not resumed by a gateway that can read it either', async () => {
  const dataDir = temporaryFolder();
  const first = await openStore(dataDir);
  const unreadable = await first.accept();
  const readable = await first.accept();
  await first.close();
  const db = new DatabaseSync(join(dataDir, databaseName));
  const write = db.prepare(
    'UPDATE pending SET value = replace(value, \'"version":1\', \'"version":99\') WHERE key = ?',
  );
  expect(write.run(unreadable.id).changes).toBe(1);
  db.close();

  const { endRestored, swapIndex, store, text } = await openStore(dataDir);
  await endRestored();
  expect(await swapIndex.open()).toEqual([]);
  expect(await store.get(readable.id)).toMatchObject({ status: 'FAILED' });
  await expect(store.get(unreadable.id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(text()).toContain('"unreadable":1');
});

test('can be repeated after a crash partway', async () => {
  const { store, accept, endRestored } = await openStore();
  const { id } = await accept();
  await endRestored();
  const ended = await store.get(id);
  await endRestored();
  expect(await store.get(id)).toEqual(ended);
});

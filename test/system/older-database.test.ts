import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Backend } from '../../src/backends/backend.js';
import { createEmbeddedBackend } from '../../src/backends/embedded-backend.js';
import { openSqliteDatabase } from '../../src/backends/sqlite/database.js';
import { removeExpiredSwaps } from '../../src/backends/sqlite/swap-index.js';
import { applyTransition, type EndedSwap, queuedSwap } from '../../src/swap/swap.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { unexpected } from '../../testing/unexpected.js';

const minute = 60_000;
const day = 1440 * minute;
const [queued, processing, ended] = ['1', '2', '3'].map(
  (last) => `00000000-0000-4000-8000-00000000000${last}`,
) as [string, string, string];

function folderOfVersion0(): string {
  const folder = temporaryFolder();
  const db = new DatabaseSync(join(folder, 'gateway.sqlite'));
  db.exec(readFileSync(join(import.meta.dirname, '../../testing/database-version-0.sql'), 'utf8'));
  db.close();
  return folder;
}

function open(dataDir: string, now = Date.now()): Backend {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return createEmbeddedBackend({
    report: unexpected,
    dataDir,
    clock: createManualClock(now),
    log,
    slots: 1,
    maxWaiting: 10,
    maxWaitingPerClient: 10,
    policy: {
      queueDeadlineMs: 15 * minute,
      processingDeadlineMs: 10 * minute,
      unknownSlotMs: 60_000,
      pollIntervalMs: minute,
      maxPollIntervalMs: minute,
      resultTtlMs: 7 * day,
    },
  });
}

describe('a database of an earlier version', () => {
  test('keeps all its data: swaps, claims, lists, pending client webhooks', async () => {
    const folder = folderOfVersion0();
    for (let opened = 0; opened < 2; opened += 1) {
      const { store, swapIndex, outbox, close } = open(folder);
      expect(await store.get(queued)).toMatchObject({ id: queued, status: 'QUEUED', client: 'ada' });
      expect(await store.get(processing)).toMatchObject({ status: 'PROCESSING', modelsLabId: '77' });
      expect(await store.get(ended)).toMatchObject({ status: 'SUCCEEDED', client: 'bob' });
      const holders = await Promise.all([
        swapIndex.holder('ada', { kind: 'key', value: 'first' }),
        swapIndex.holder('ada', { kind: 'input', value: 'two' }),
        swapIndex.holder('bob', { kind: 'key', value: 'third' }),
        swapIndex.holder('bob', { kind: 'input', value: 'three' }),
        swapIndex.holder('ada', { kind: 'key', value: 'third' }),
      ]);
      const held = (swapId: string) => ({ swapId, fingerprint: `print of ${swapId}` });
      expect(holders).toEqual([held(queued), held(processing), held(ended), held(ended), undefined]);
      expect(await swapIndex.open()).toEqual([
        { id: queued, client: 'ada' },
        { id: processing, client: 'ada' },
      ]);
      expect(await swapIndex.page('bob', 10)).toEqual([{ id: ended, sequence: 3 }]);
      expect(await swapIndex.idByModelsLabId('78')).toBe(ended);
      expect(await outbox.nextDueAt()).toBeDefined();
      await close();
    }
  });

  test('accepts writes like a new one', async () => {
    const { store, swapIndex, close } = open(folderOfVersion0());
    const swap = await store.get(queued);
    if (swap?.status !== 'QUEUED') throw new Error('the swap is not there');
    await store.save({ ...swap, submittingSince: 1 });
    expect(await store.get(queued)).toMatchObject({ submittingSince: 1 });
    const again = queuedSwap('next', 'ada', swap.request, 5);
    const guardedBy = (value: string) => ({ fingerprint: 'x', guard: { kind: 'key', value } }) as const;
    expect(await store.create(again, guardedBy('first'))).toMatchObject({ swapId: queued });
    expect(await store.create(again, guardedBy('new'))).toBeUndefined();
    expect(await swapIndex.holder('ada', { kind: 'key', value: 'new' })).toEqual({
      swapId: 'next',
      fingerprint: 'x',
    });
    expect(await swapIndex.page('ada', 1)).toEqual([{ id: 'next', sequence: 4 }]);
    await close();
  });

  test('counts its open swaps in the usage, once, so that their ends have something to be part of', async () => {
    const folder = folderOfVersion0();
    const now = Date.UTC(2026, 0, 2);
    await open(folder, now).close();
    const { store, usage, isUpgraded, close } = open(folder, now);
    expect(await usage.read('ada', '2026-01')).toEqual({ swaps: 2, succeeded: 0, failed: 0 });
    const swap = await store.get(processing);
    if (swap?.status !== 'PROCESSING') throw new Error('the swap is not there');
    const result = { output: [], proxyLinks: [] };
    await store.finish(applyTransition(swap, { type: 'succeeded', result }, now, day) as EndedSwap);
    expect(await usage.read('ada', '2026-01')).toEqual({ swaps: 2, succeeded: 1, failed: 0 });
    // Finished before anything was counted.
    expect(await usage.read('bob', '2026-01')).toEqual({ swaps: 0, succeeded: 0, failed: 0 });
    expect(await isUpgraded()).toBe(true);
    await close();
  });

  test('removes claims together with their swaps', async () => {
    const folder = folderOfVersion0();
    await open(folder).close();
    const database = openSqliteDatabase(folder);
    onTestFinished(() => database.close());
    const claims = (): unknown =>
      database.db.prepare('SELECT count(*) AS count FROM claims').get()?.['count'];
    expect(claims()).toBe(4);
    expect(await removeExpiredSwaps(database, Number.MAX_SAFE_INTEGER, 10)).toBe(1);
    expect(claims()).toBe(2);
  });
});

test('a database of a newer version is rejected and left unchanged', () => {
  const folder = temporaryFolder();
  const db = new DatabaseSync(join(folder, 'gateway.sqlite'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => open(folder)).toThrow(/newer version/);
  const found = new DatabaseSync(join(folder, 'gateway.sqlite')).prepare('PRAGMA user_version').get();
  expect(found).toEqual({ user_version: 99 });
});

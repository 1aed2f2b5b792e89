import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSqliteConsents } from '../../../src/backends/sqlite/consents.js';
import { openSqliteDatabase, pragma, type SqliteDatabase } from '../../../src/backends/sqlite/database.js';
import { createDueClock } from '../../../src/backends/sqlite/due-clock.js';
import { createSqliteKeyvAdapter, removeExpired } from '../../../src/backends/sqlite/keyv-adapter.js';
import { createSqliteOutbox, removeOldGivenUp } from '../../../src/backends/sqlite/outbox.js';
import { createSqliteSwapIndex, removeExpiredSwaps } from '../../../src/backends/sqlite/swap-index.js';
import { sweepExpired } from '../../../src/backends/sqlite/sweep.js';
import { createSqliteUsage } from '../../../src/backends/sqlite/usage.js';
import { captureLog } from '../../../testing/capture-log.js';
import { openEmbeddedBackend, storeEnded } from '../../../testing/embedded-backend.js';
import { createManualClock } from '../../../testing/manual-clock.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';

const hourMs = 3_600_000;
const fileOf = (folder: string): string => join(folder, 'gateway.sqlite');

function openTables(): SqliteDatabase {
  const database = openSqliteDatabase(temporaryFolder());
  onTestFinished(() => {
    if (database.db.isOpen) database.close();
  });
  createSqliteSwapIndex(database);
  createSqliteKeyvAdapter(database, { namespace: 'pending' });
  createSqliteKeyvAdapter(database, { namespace: 'ended', writeOnce: true });
  createSqliteKeyvAdapter(database, { namespace: 'erasures' });
  return database;
}

/** Rows in all tables, of swaps that expire at the same time. */
function fill({ db }: SqliteDatabase, rows: number, expires: number): void {
  const value = JSON.stringify({ value: 'x'.repeat(1200) });
  db.exec(`
    BEGIN;
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO ended SELECT hex(randomblob(16)), '${value}', ${expires} FROM n;
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO swaps (id, client, created_at, expires_at) SELECT hex(randomblob(16)), 'ann', 1, ${expires} FROM n;
    INSERT INTO claims SELECT 'ann', 'input', id, seq, 'print' FROM swaps WHERE TRUE ON CONFLICT DO NOTHING;
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);
  `);
}

function countRows({ db }: SqliteDatabase): number[] {
  return ['pending', 'ended', 'swaps', 'claims'].map((table) =>
    Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']),
  );
}

/** SQLite's query plans of the statements that a sweep runs. */
function plansOf(database: SqliteDatabase): string[] {
  const { db } = database;
  const prepare = vi.spyOn(db, 'prepare');
  removeExpired(database, { namespace: 'pending' }, 0, 1);
  removeExpired(database, { namespace: 'ended' }, 0, 1);
  removeExpiredSwaps(database, 0, 1);
  removeOldGivenUp(database, 0, 1);
  const statements = prepare.mock.calls.map(([text]) => text);
  prepare.mockRestore();
  // The cascade from a removed swap to its claims.
  statements.push('DELETE FROM claims WHERE swap_seq = ?');
  return statements.map((text) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .map((row) => String(row['detail']))
      .join('; '),
  );
}

test('every statement of the sweep uses an index, and none sorts', () => {
  const plans = plansOf(openTables());
  expect(plans).toHaveLength(5);
  expect(plans.map((plan) => /USING (?:COVERING )?INDEX (\w+)/.exec(plan)?.[1])).toEqual([
    'pending_by_expiry',
    'ended_by_expiry',
    'swaps_by_expiry',
    'given_up_callbacks_by_time',
    'claims_by_swap',
  ]);
  for (const plan of plans) expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
});

test('a sweep blocks the event loop only in small steps, with pauses in between', async () => {
  const database = openTables();
  fill(database, 20_000, 1000);
  fill(database, 10, hourMs);
  const sizes: number[] = [];
  const closing = new AbortController();
  const pauses: number[] = [];
  await sweepExpired({
    database: {
      ...database,
      // As slow as a disk on which a hundred rows take 10 ms.
      maintain(change) {
        const { result } = database.maintain(change);
        const rows = Number(result);
        sizes.push(rows);
        return { result, tookMs: rows / 10 };
      },
    },
    clock: {
      now: () => 2000,
      monotonic: () => 2000,
      async sleep(ms) {
        pauses.push(ms);
        if (ms >= 60_000) closing.abort();
      },
    },
    log: captureLog().log,
    signal: closing.signal,
  });
  expect(countRows(database)).toEqual([0, 10, 10, 10]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  expect(sizes.length).toBeGreaterThan(400);
  // Each step of some size is followed by a pause that is longer than the step was.
  const last = pauses.pop();
  expect(last).toBe(60_000);
  expect(pauses.length).toBeGreaterThan(400);
  expect(pauses.reduce((sum, ms) => sum + ms)).toBeGreaterThan(sizes.reduce((sum, rows) => sum + rows / 10));
});

test('steps grow on a fast disk, so that even a large sweep ends soon', async () => {
  const database = openTables();
  fill(database, 5000, 1000);
  let steps = 0;
  const closing = new AbortController();
  await sweepExpired({
    database: {
      ...database,
      maintain(change) {
        steps += 1;
        return { ...database.maintain(change), tookMs: 0.1 };
      },
    },
    clock: {
      now: () => 2000,
      monotonic: () => 2000,
      sleep: async (ms) => void (ms >= 60_000 && closing.abort()),
    },
    log: captureLog().log,
    signal: closing.signal,
  });
  expect(countRows(database)).toEqual([0, 0, 0, 0]);
  expect(steps).toBeLessThan(60);
});

test('the file and its log shrink after everything has expired', async () => {
  const folder = temporaryFolder();
  const clock = createManualClock(Date.now());
  const logs = captureLog();
  const backend = openEmbeddedBackend({ dataDir: folder, clock, log: logs.log });
  const expiresAt = clock.now() + hourMs;
  for (let round = 0; round < 10; round += 1) await storeEnded(backend, 800, expiresAt);
  const sizeOf = (): number => statSync(fileOf(folder)).size + statSync(`${fileOf(folder)}-wal`).size;
  const full = sizeOf();
  expect(full).toBeGreaterThan(4 * 1024 * 1024);
  await clock.advance(2 * hourMs);
  await expect.poll(sizeOf).toBeLessThan(1.5 * 1024 * 1024);
  expect(await backend.swapIndex.page('ann', 10)).toEqual([]);
  expect(logs.text()).toContain('released the space of expired swaps');
});

test('space for the next swaps is not released', async () => {
  const database = openTables();
  fill(database, 2000, 1000);
  fill(database, 18_000, hourMs);
  const before = pragma(database.db, 'page_count');
  const closing = new AbortController();
  await sweepExpired({
    database,
    clock: {
      now: () => 2000,
      monotonic: () => 2000,
      sleep: async (ms) => void (ms >= 60_000 && closing.abort()),
    },
    log: captureLog().log,
    signal: closing.signal,
  });
  expect(countRows(database)).toEqual([0, 18_000, 18_000, 18_000]);
  expect(pragma(database.db, 'page_count')).toBe(before);
});

test('a failed sweep is logged, and retried a minute later', async () => {
  const database = openTables();
  fill(database, 10, 1000);
  const logs = captureLog();
  const closing = new AbortController();
  let failures = 1;
  await sweepExpired({
    database: {
      ...database,
      maintain(change) {
        if (failures-- > 0) throw new Error('disk error');
        return database.maintain(change);
      },
    },
    clock: {
      now: () => 2000,
      monotonic: () => 2000,
      sleep: async (ms) => void (ms >= 60_000 && failures < 0 && closing.abort()),
    },
    log: logs.log,
    signal: closing.signal,
  });
  expect(logs.text()).toContain('disk error');
  expect(countRows(database)).toEqual([0, 0, 0, 0]);
});

test('a new file can shrink from the start', () => {
  expect(pragma(openTables().db, 'auto_vacuum')).toBe(2);
});

/** A file of a version before `auto_vacuum`, with `expired` expired rows and a few unexpired ones. */
function fileOfVersion0(expired: number): string {
  const folder = temporaryFolder();
  const db = new DatabaseSync(fileOf(folder));
  db.exec(readFileSync(join(import.meta.dirname, '../../../testing/database-version-0.sql'), 'utf8'));
  db.exec(`
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${expired})
      INSERT INTO keyv SELECT 'ended:' || i, '{"value":"${'x'.repeat(1000)}"}', 1 FROM n;
  `);
  db.close();
  return folder;
}

test('a file of an earlier version shrinks as well once it has been opened', async () => {
  const folder = fileOfVersion0(4000);
  const full = statSync(fileOf(folder)).size;
  const backend = openEmbeddedBackend({ dataDir: folder });
  await expect
    .poll(() => statSync(fileOf(folder)).size + statSync(`${fileOf(folder)}-wal`).size)
    .toBeLessThan(full / 2);
  expect(await backend.swapIndex.open()).toHaveLength(2);
});

test('a large file of an earlier version is not rewritten at start, and a warning says so', async () => {
  const folder = fileOfVersion0(70_000);
  const logs = captureLog();
  const clock = createManualClock();
  await openEmbeddedBackend({ dataDir: folder, log: logs.log, clock }).close();
  expect(logs.text()).toContain('does not shrink');
  const db = new DatabaseSync(fileOf(folder));
  onTestFinished(() => db.close());
  expect(pragma(db, 'auto_vacuum')).toBe(0);
});

test('client webhooks that were given up are forgotten after seven days', async () => {
  const database = openTables();
  const clock = createManualClock();
  createSqliteUsage(database);
  createSqliteConsents(database, clock);
  const outbox = createSqliteOutbox(database, createDueClock(database, clock));
  const closing = new AbortController();
  const startedAt = clock.now();
  for (const [swapId, days] of [
    ['old', 0],
    ['young', 3],
  ] as const)
    await outbox.giveUp(
      { swapId, attempts: 6, client: 'ann', host: 'hooks.example.com' },
      startedAt + days * 24 * hourMs,
    );
  clock.step(7 * 24 * hourMs + hourMs);
  const sweeping = sweepExpired({ database, clock, log: captureLog().log, signal: closing.signal });
  await clock.advance(1000);
  const { deliveries } = await outbox.list('given-up', 10);
  expect(deliveries.map(({ swapId }) => swapId)).toEqual(['young']);
  closing.abort();
  await sweeping;
});

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backUpDatabase } from '../../../src/backends/sqlite/backup.js';
import { databaseName, openSqliteDatabase } from '../../../src/backends/sqlite/database.js';
import { createSqliteSwapIndex } from '../../../src/backends/sqlite/swap-index.js';
import { queuedSwap } from '../../../src/swap/swap.js';
import { openEmbeddedBackend, storeEnded } from '../../../testing/embedded-backend.js';
import { images } from '../../../testing/swap-client.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';

const tomorrow = Date.now() + 86_400_000;

function open(dataDir = temporaryFolder()) {
  const backend = openEmbeddedBackend({ dataDir });
  if (!backend.backUp) throw new Error('the embedded backend makes no backups');
  return { ...backend, dataDir, backUp: backend.backUp };
}

/** Accepts and finishes swaps without a pause until stopped. */
function keepWriting(backend: ReturnType<typeof open>): { acknowledged: string[]; stop(): Promise<void> } {
  const acknowledged: string[] = [];
  let isStopped = false;
  const write = async (): Promise<void> => {
    while (!isStopped) {
      const id = crypto.randomUUID();
      const swap = queuedSwap(id, 'ann', { ...images, watermark: true }, Date.now());
      await backend.store.create(swap, { fingerprint: 'print', takes: { kind: 'input', value: id } });
      acknowledged.push(id);
      await backend.store.save({ ...swap, submittingSince: Date.now() });
    }
  };
  const writing = Promise.all(Array.from({ length: 20 }, write));
  return {
    acknowledged,
    async stop() {
      isStopped = true;
      await writing;
    },
  };
}

describe('a backup of a database in use', () => {
  test('holds everything that was acknowledged before, and all of each swap', async () => {
    const backend = open();
    await storeEnded(backend, 5000, tomorrow);
    const load = keepWriting(backend);
    await expect.poll(() => load.acknowledged.length).toBeGreaterThan(200);
    const file = join(temporaryFolder(), 'backup.sqlite');
    const before = [...load.acknowledged];
    const report = await backend.backUp(file);
    const during = load.acknowledged.length - before.length;
    await load.stop();

    expect(during).toBeGreaterThan(0);
    const copy = new DatabaseSync(file, { readOnly: true });
    const idsOf = (query: string) =>
      new Set(
        copy
          .prepare(query)
          .all()
          .map(({ id }) => String(id)),
      );
    expect(copy.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    expect(copy.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    const swaps = idsOf('SELECT id FROM swaps');
    expect(before.filter((id) => !swaps.has(id))).toEqual([]);
    const recorded = idsOf('SELECT key AS id FROM pending UNION SELECT key FROM ended');
    expect([...swaps].filter((id) => !recorded.has(id))).toEqual([]);
    const claimed = idsOf('SELECT value AS id FROM claims');
    expect([...swaps].filter((id) => !claimed.has(id))).toEqual([]);
    expect(report).toMatchObject({ file, bytes: statSync(file).size, swaps: swaps.size });
    expect(report.openSwaps).toBe(swaps.size - 5000);
    copy.close();
  });

  test('is a single file that only its owner may read', async () => {
    const backend = open();
    const folder = temporaryFolder();
    await backend.backUp(join(folder, 'backup.sqlite'));
    expect(readdirSync(folder)).toEqual(['backup.sqlite']);
    expect(statSync(join(folder, 'backup.sqlite')).mode & 0o777).toBe(0o600);
  });

  test('cannot be made by another process, since the database is locked', () => {
    const { dataDir } = open();
    const other = new DatabaseSync(join(dataDir, databaseName));
    expect(() => other.exec('SELECT count(*) FROM swaps')).toThrow('database is locked');
    other.close();
  });

  test('replaces an earlier one only when it is complete', async () => {
    const backend = open();
    const folder = temporaryFolder();
    const file = join(folder, 'backup.sqlite');
    writeFileSync(file, 'an earlier backup');
    await storeEnded(backend, 5000, tomorrow);
    const backup = backend.backUp(file).catch((error: Error) => error);
    await backend.close();
    expect(await backup).toMatchObject({ message: expect.stringContaining(`the backup to ${file} failed`) });
    expect(readFileSync(file, 'utf8')).toBe('an earlier backup');
    expect(readdirSync(folder)).toEqual(['backup.sqlite']);
  });

  test('never replaces the database itself, by whatever path', async () => {
    const { dataDir, backUp } = open();
    for (const name of [
      databaseName,
      `${databaseName}-wal`,
      `../${dataDir.split('/').at(-1)}/${databaseName}`,
    ])
      await expect(backUp(join(dataDir, name))).rejects.toThrow('it is the running database itself');
  });

  test('to a folder that does not exist is an error that names it', async () => {
    await expect(open().backUp('/no/such/folder/backup.sqlite')).rejects.toThrow('/no/such/folder');
  });

  test('waits for a transaction that is open when it starts', async () => {
    const folder = temporaryFolder();
    const database = openSqliteDatabase(folder);
    onTestFinished(database.close);
    createSqliteSwapIndex(database);
    database.db.exec('BEGIN IMMEDIATE');
    const { signal } = new AbortController();
    const made = backUpDatabase(database, join(folder, 'copy'), { takenAt: 1, secrets: {} }, signal);
    // On the thread that tries to copy.
    for (let n = 0; n < 10; n += 1) await stat(folder);
    database.db.exec('COMMIT');
    expect(await made).toMatchObject({ swaps: 0 });
  });

  test('several at the same time are made one after another', async () => {
    const backend = open();
    await storeEnded(backend, 50, tomorrow);
    const folder = temporaryFolder();
    const reports = await Promise.all(['a', 'b', 'c'].map((name) => backend.backUp(join(folder, name))));
    expect(reports.map(({ swaps }) => swaps)).toEqual([50, 50, 50]);
  });
});

test('a gateway on a backup continues to use its secrets', async () => {
  const original = open();
  const secret = original.secret('webhook-secret');
  const restoredDir = temporaryFolder();
  await original.backUp(join(restoredDir, databaseName));
  const restored = open(restoredDir);
  expect(restored.secret('webhook-secret')).toBe(secret);
  expect(restored.secret('webhook-signing-secret')).not.toBe(original.secret('webhook-signing-secret'));
});

test('a backup is recognized once; a database that continues is none', async () => {
  const original = open();
  expect(await original.restoration(false)).toBeUndefined();
  const restoredDir = temporaryFolder();
  await original.backUp(join(restoredDir, databaseName));
  expect(await original.restoration(false)).toBeUndefined();
  const restored = open(restoredDir);
  const restoration = await restored.restoration(false);
  expect(restoration).toMatchObject({ before: Number.POSITIVE_INFINITY });
  await restoration?.done();
  await restored.close();
  const next = open(restoredDir);
  expect(await next.restoration(false)).toBeUndefined();
  expect(await next.restoration(true)).toBeDefined();
  expect(existsSync(join(restoredDir, 'webhook-secret'))).toBe(false);
});

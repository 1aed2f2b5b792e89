/**
 * Runs on a thread of its own: checks a copy of the database, writes what makes it a backup, and leaves a single file without a
 * write-ahead log.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { FinishedBackup, FinishingTask } from './backup.js';
import { writeBackupTable } from './restored-backup.js';

const { path, ...contents } = workerData as FinishingTask;
const db = new DatabaseSync(path);
db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
writeBackupTable(db, contents);
const [problem] = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {});
if (problem !== 'ok') throw new Error(`the copy is damaged: ${String(problem)}`);
if (db.prepare('PRAGMA foreign_key_check').get())
  throw new Error('the copy is damaged: a claim without a swap');
const row = db
  .prepare('SELECT count(*) AS swaps, count(*) FILTER (WHERE expires_at IS NULL) AS open FROM swaps')
  .get();
db.close();
const finished: FinishedBackup = { swaps: Number(row?.['swaps']), openSwaps: Number(row?.['open']) };
parentPort?.postMessage(finished);

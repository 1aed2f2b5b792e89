import { closeSync, fsync, openSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { backup } from 'node:sqlite';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { compiledModule } from '../../lib/pictures/compiled-module.js';
import type { BackupReport } from '../backend.js';
import type { SqliteDatabase } from './database.js';
import { syncFolder } from './files.js';

/** What goes into a backup in addition to the database. */
export interface BackupContents {
  takenAt: number;
  /** Secrets by name; a gateway that is restored from the backup continues to use them. */
  secrets: Readonly<Record<string, string>>;
}

/** What the worker thread is given, and what it reports. */
export type FinishingTask = BackupContents & { path: string };
export type FinishedBackup = Pick<BackupReport, 'swaps' | 'openSwaps'>;

/** Pages copied at a time. Meanwhile, queries wait: about a millisecond. */
const pagesPerStep = 200;
/** Under load, most attempts to start succeed; this many fail only if something holds a transaction open. */
const maxAttempts = 10_000;
/** Copied pages are synced in between. Otherwise, the last step would block all queries until the disk has the whole file. */
const stepsPerSync = 10;
const syncFile = promisify(fsync);

/**
 * Copies the database to a file while it is in use: a consistent copy of one moment, checked, and complete on disk before it gets its
 * name. Only this process can do that, since it has the database locked. An existing file is replaced.
 *
 * @param signal aborting ends the copy, and removes what there is of it
 * @throws Error with a message for the operator; no file is left, and an earlier one stays as it was
 */
export async function backUpDatabase(
  database: SqliteDatabase,
  file: string,
  contents: BackupContents,
  signal: AbortSignal,
): Promise<BackupReport> {
  const path = resolve(file);
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}-${performance.now()}.partial`);
  let descriptor: number | undefined;
  try {
    refuseOwnFiles(database, path);
    // Never readable by others: it holds secrets and what clients sent.
    descriptor = openSync(partial, 'wx', 0o600);
    await copyPages(database, partial, descriptor, signal);
    const finished = await finishBackup({ ...contents, path: partial }, signal);
    renameSync(partial, path);
    syncFolder(dirname(path));
    return { file: path, bytes: statSync(path).size, takenAt: contents.takenAt, ...finished };
  } catch (error) {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the backup to ${path} failed: ${reason}`, { cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** @throws Error if the backup would replace a file of the running database */
function refuseOwnFiles({ path: own }: SqliteDatabase, path: string): void {
  const directory = realpathSync(dirname(path));
  const isOwn = ['', '-wal', '-shm', '-journal'].some(
    (suffix) => join(directory, basename(path)) === `${realpathSync(own)}${suffix}`,
  );
  if (isOwn) throw new Error('it is the running database itself');
}

async function copyPages(
  { db }: SqliteDatabase,
  partial: string,
  descriptor: number,
  signal: AbortSignal,
): Promise<void> {
  let steps = 0;
  let syncing: Promise<void> | undefined;
  const progress = (): void => {
    signal.throwIfAborted();
    steps += 1;
    if (syncing || steps % stepsPerSync !== 0) return;
    // A failure shows when the copy ends with a sync of its own.
    syncing = syncFile(descriptor)
      .catch(() => undefined)
      .finally(() => {
        syncing = undefined;
      });
  };
  try {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        await backup(db, partial, { rate: pagesPerStep, progress });
        return;
      } catch (error) {
        if (steps > 0 || attempt === maxAttempts || !isLockedAtStart(error)) throw error;
      }
    }
  } finally {
    // The caller closes the descriptor.
    await syncing;
  }
}

/**
 * A copy cannot start within a transaction, which this thread may have open while the copy starts on another. Node reports that as an
 * error with the code of success. Later steps wait by themselves.
 */
const isLockedAtStart = (error: unknown): boolean => (error as { errcode?: unknown }).errcode === 0;

/** Checks the copy and completes it on another thread, since a check reads all of it. */
function finishBackup(task: FinishingTask, signal: AbortSignal): Promise<FinishedBackup> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(compiledModule('src/backends/sqlite/finish-backup.js'), { workerData: task });
    const abort = (): void => {
      void worker.terminate();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      signal.removeEventListener('abort', abort);
      reject(new Error(`the check ended with ${code}`));
    });
  });
}

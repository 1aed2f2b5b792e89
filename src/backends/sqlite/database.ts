import { closeSync, fsync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { DatabaseTrouble, damaged, explainSqliteError, isInUse } from './errors.js';
import { createFileIdentity, syncFolder } from './files.js';
import { createGroupSync } from './group-sync.js';
import { migrateDatabase } from './migration.js';

/** The embedded backend's file. Queries go through `read`, changes through `write`. */
export interface SqliteDatabase {
  readonly db: DatabaseSync;
  readonly path: string;
  /**
   * Runs `query` at once. Resolves once everything it may have read is on disk, so no caller sees data that a power cut
   * could still revert.
   */
  read<T>(query: () => T): Promise<T>;
  /**
   * Runs `change` in a transaction shared with all other writes of the same turn of the event loop. Resolves with its result
   * once the transaction is committed and on disk; on a slow disk, transactions share a sync. If `change` throws, its own statements are
   * rolled back and the promise rejects. It may run twice, the first time rolled back, so it must have no other side effects.
   *
   * @throws DatabaseTrouble when the disk is full or the file is damaged. After a failed sync, the change was made but may
   *   not be on disk.
   */
  write<T>(change: () => T): Promise<T>;
  /**
   * Runs `change` at once, in its own transaction, without waiting for a sync.
   * @returns its result, and how long it blocked the event loop, milliseconds
   */
  maintain<T>(change: () => T): { result: T; tookMs: number };
  /**
   * Moves the log into the database file and truncates it, so that no earlier version of a changed page is left in it. Blocks for
   * as long as the disk takes. No effect while a backup reads the file.
   */
  truncateLog(): void;
  /** Of the database file and its log, in bytes. Rejects if one is missing. */
  size(): Promise<{ bytes: number; walBytes: number }>;
  /** Writes since the start that failed because of the disk or the file. */
  failedWrites(): number;
  /** @throws DatabaseTrouble if a sync has failed, or the file was deleted or replaced: writes would be lost */
  assertDurable(): void;
  /** Commits pending writes, then closes the file. */
  close(): void;
}

export interface SqliteDatabaseOptions {
  /** Called between a commit and its sync. */
  onCommitted?: () => void;
  /** Called around each sync of the log; lets tests simulate a slow or broken disk. */
  wrapSync?: ((sync: () => Promise<void>) => Promise<void>) | undefined;
  /** See `createGroupSync`. Infinity: every sync runs on this thread. */
  slowSyncMs?: number | undefined;
}

interface PendingWrite {
  /** Makes the change; a rollback undoes its statements. */
  run(): void;
  /** Resolves the write once `synced` resolves. */
  commit(synced: Promise<void>): void;
  fail(error: unknown): void;
}

export const databaseName = 'gateway.sqlite';
/** The write-ahead log is truncated to this size at each restart of the log, bytes. */
const maxIdleLogBytes = 8 * 1024 * 1024;
/** A check reads the whole file, so only files that take at most a few hundred milliseconds are checked at start. */
const maxCheckedBytes = 32 * 1024 * 1024;
const syncFile = promisify(fsync);

/**
 * Opens, or creates, the database file in a directory, for this process alone: a second gateway on the same directory
 * would submit, and pay for, the same swaps again.
 *
 * `synchronous=NORMAL` keeps SQLite from syncing the log within COMMIT, which would block the event loop for as long as the
 * disk takes. `write` syncs it instead before it resolves (`group-sync.ts`): together as durable as `synchronous=FULL`.
 *
 * @throws Error with a message for the operator when the directory cannot be written, is in use, or the file is damaged
 */
export function openSqliteDatabase(
  directory: string,
  { wrapSync, onCommitted, slowSyncMs }: SqliteDatabaseOptions = {},
): SqliteDatabase {
  const path = join(resolvePath(directory), databaseName);
  const db = open(directory, path);
  // SQLite locks the database file, not the log, so opening and closing a descriptor of the log is safe.
  const log = openSync(`${path}-wal`, 'r+');
  const files = createFileIdentity([path, `${path}-wal`]);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');
  let pending: PendingWrite[] = [];
  let syncing = 0;
  let failedWrites = 0;
  let isClosed = false;

  const explainSyncFailure = (error: unknown): DatabaseTrouble =>
    new DatabaseTrouble(
      `${path} cannot be synced to the disk (${(error as Error).message}): check the disk, then restart the gateway`,
      { cause: error },
    );
  const syncInline = (): void => {
    try {
      fsyncSync(log);
    } catch (error) {
      throw explainSyncFailure(error);
    }
  };
  const group = createGroupSync({
    async sync() {
      syncing += 1;
      try {
        await (wrapSync ? wrapSync(() => syncFile(log)) : syncFile(log));
      } catch (error) {
        throw explainSyncFailure(error);
      } finally {
        syncing -= 1;
        if (isClosed && syncing === 0) closeSync(log);
      }
    },
    syncInline: wrapSync ? undefined : syncInline,
    syncAtClose: syncInline,
    slowSyncMs,
  });

  /** Commits `change`, or rolls it back if it throws. */
  function transact<T>(change: () => T): T {
    try {
      begin.run();
      const result = change();
      end.run();
      return result;
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
      throw explainSqliteError(error, path);
    }
  }

  function commit(batch: readonly PendingWrite[]): void {
    transact(() => {
      for (const write of batch) write.run();
    });
    onCommitted?.();
    const synced = group.committed();
    for (const write of batch) write.commit(synced);
  }

  function flush(): void {
    const batch = pending;
    pending = [];
    if (batch.length === 0) return;
    try {
      commit(batch);
    } catch {
      // Retries one by one, so that only the failing write is rejected. A savepoint per write would cost more than most writes.
      for (const write of batch) {
        try {
          commit([write]);
        } catch (error) {
          if (error instanceof DatabaseTrouble) failedWrites += 1;
          write.fail(error);
        }
      }
    }
  }

  function assertDurable(): void {
    const failure = group.failure();
    if (failure) throw failure;
    const missing = files.findMissing();
    if (missing !== undefined) {
      throw new DatabaseTrouble(
        `${missing} was deleted or replaced while the gateway was running: anything written from now on is lost when it exits. No new swap ` +
          'is accepted or submitted; restore the directory, then restart the gateway',
      );
    }
  }

  return {
    db,
    path,
    async read(query) {
      let result: ReturnType<typeof query>;
      try {
        result = query();
      } catch (error) {
        throw explainSqliteError(error, path);
      }
      await group.settled();
      return result;
    },
    write(change) {
      return new Promise((resolve, reject) => {
        const failure = group.failure();
        if (failure) {
          reject(failure);
          return;
        }
        let result: ReturnType<typeof change>;
        if (pending.length === 0) setImmediate(flush);
        pending.push({
          run() {
            result = change();
          },
          commit: (synced) => synced.then(() => resolve(result), reject),
          fail: reject,
        });
      });
    },
    maintain(change) {
      const startedAt = performance.now();
      const result = transact(change);
      return { result, tookMs: performance.now() - startedAt };
    },
    truncateLog: () => void db.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    size: async () => ({ bytes: (await stat(path)).size, walBytes: (await stat(`${path}-wal`)).size }),
    failedWrites: () => failedWrites,
    assertDurable,
    close() {
      flush();
      group.close();
      isClosed = true;
      if (syncing === 0) closeSync(log);
      db.close();
    },
  };
}

function open(directory: string, path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    createPrivate(path);
    db = new DatabaseSync(path, { timeout: 0 });
    db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = ${maxIdleLogBytes};
      PRAGMA foreign_keys = ON;
      -- What is deleted is overwritten, here and in the log's next copy of the page.
      PRAGMA secure_delete = ON;
      BEGIN IMMEDIATE;
      COMMIT;
    `);
    checkSmall(db, path);
    migrateDatabase(db);
    // The directory entries of new files must survive a power cut, too.
    for (const folder of [directory, dirname(resolvePath(directory))]) syncFolder(folder);
    return db;
  } catch (error) {
    db?.close();
    const explained = explainSqliteError(error, path);
    const reason = isInUse(error)
      ? 'it is in use by another gateway'
      : explained instanceof Error
        ? explained.message
        : String(explained);
    throw new Error(`DATA_DIR ${directory} cannot be used: ${reason}`, { cause: error });
  }
}

/**
 * SQLite would create the file for all users to read; it gives the log the mode of the database. An existing file is not opened:
 * closing a descriptor of it would release the locks that this process may hold.
 */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** @throws DatabaseTrouble for a small file that is damaged anywhere; damage to a large one shows when it is read */
function checkSmall(db: DatabaseSync, path: string): void {
  const pageCount = pragma(db, 'page_count');
  if (pageCount * pragma(db, 'page_size') > maxCheckedBytes) return;
  const [found] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (found !== 'ok') throw damaged(path, String(found).replace(/\s+/g, ' '));
}

/** The value of a pragma that is a number. */
export function pragma(db: DatabaseSync, name: string): number {
  const [value] = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {});
  return Number(value);
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrateDatabase } from './sqlite-migration.js';

/** The embedded engine's file. Reads go straight to `db`; writes go through `write`. */
export interface SqliteDatabase {
  readonly db: DatabaseSync;
  /**
   * Runs `change` in a transaction that it shares with whatever else is written in the same turn of the event loop.
   * Resolves, with its result, when the transaction has been committed. If `change` throws, its own statements are
   * undone and the promise rejects. It may be run twice, after the first time was undone, so it must do nothing else.
   */
  write<T>(change: () => T): Promise<T>;
  /** Commits what is waiting, then closes the file. */
  close(): void;
}

interface PendingWrite {
  /** Makes the change; its statements are undone with the transaction. */
  run(): void;
  commit(): void;
  fail(error: unknown): void;
}

/**
 * Opens, or creates, the database file in a directory, for this process alone: a second gateway on the same directory
 * would submit, and pay for, the same swaps again.
 *
 * `synchronous=NORMAL` in WAL mode: a commit survives any end of the process. The last few may be lost with the power.
 *
 * @throws Error with a message for the operator when the directory cannot be written or is in use
 */
export function openSqliteDatabase(directory: string): SqliteDatabase {
  const db = open(directory);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');
  let pending: PendingWrite[] = [];

  /** All of them or, if one throws, none. */
  function commit(batch: readonly PendingWrite[]): void {
    try {
      begin.run();
      for (const write of batch) write.run();
      end.run();
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
    for (const write of batch) write.commit();
  }

  function flush(): void {
    const batch = pending;
    pending = [];
    if (batch.length === 0) return;
    try {
      commit(batch);
    } catch {
      // One of them is to blame, and only that one may suffer. A savepoint for each would cost more than most changes.
      for (const write of batch) {
        try {
          commit([write]);
        } catch (error) {
          write.fail(error);
        }
      }
    }
  }

  return {
    db,
    write(change) {
      return new Promise((resolve, reject) => {
        let result: ReturnType<typeof change>;
        if (pending.length === 0) setImmediate(flush);
        pending.push({
          run() {
            result = change();
          },
          commit: () => resolve(result),
          fail: reject,
        });
      });
    },
    close() {
      flush();
      db.close();
    },
  };
}

function open(directory: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    db = new DatabaseSync(join(directory, 'gateway.sqlite'), { timeout: 0 });
    db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      BEGIN IMMEDIATE;
      COMMIT;
    `);
    migrateDatabase(db);
    return db;
  } catch (error) {
    db?.close();
    const isInUse = error instanceof Error && /locked|busy/i.test(error.message);
    const reason = isInUse
      ? 'it is in use by another gateway'
      : error instanceof Error
        ? error.message
        : String(error);
    throw new Error(`DATA_DIR ${directory} cannot be used: ${reason}`, { cause: error });
  }
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The embedded engine's file. Reads go straight to `db`; writes go through `write`. */
export interface SqliteDatabase {
  readonly db: DatabaseSync;
  /**
   * Runs `change` in a transaction that it shares with whatever else is written in the same turn of the event loop.
   * Resolves, with its result, when the transaction has been committed. If `change` throws, its own statements are
   * undone and the promise rejects.
   */
  write<T>(change: () => T): Promise<T>;
  /** Commits what is waiting, then closes the file. */
  close(): void;
}

interface PendingWrite {
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
  let pending: PendingWrite[] = [];

  function flush(): void {
    const batch = pending;
    pending = [];
    if (batch.length === 0) return;
    try {
      db.exec('BEGIN IMMEDIATE');
      for (const write of batch) write.run();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
      for (const write of batch) write.fail(error);
      return;
    }
    for (const write of batch) write.commit();
  }

  return {
    db,
    write(change) {
      return new Promise((resolve, reject) => {
        let outcome = (): void => undefined;
        if (pending.length === 0) setImmediate(flush);
        pending.push({
          run() {
            db.exec('SAVEPOINT change');
            try {
              const result = change();
              outcome = () => resolve(result);
            } catch (error) {
              db.exec('ROLLBACK TO change');
              outcome = () => reject(error);
            }
            db.exec('RELEASE change');
          },
          commit: () => outcome(),
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
  try {
    mkdirSync(directory, { recursive: true });
    const db = new DatabaseSync(join(directory, 'gateway.sqlite'), { timeout: 0 });
    db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      BEGIN IMMEDIATE;
      COMMIT;
    `);
    return db;
  } catch (error) {
    const isInUse = error instanceof Error && /locked|busy/i.test(error.message);
    const reason = isInUse
      ? 'it is in use by another gateway'
      : error instanceof Error
        ? error.message
        : String(error);
    throw new Error(`DATA_DIR ${directory} cannot be used: ${reason}`, { cause: error });
  }
}

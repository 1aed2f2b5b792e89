import { orUnavailable } from '../../swap/errors.js';
import { pragma, type SqliteDatabase } from './database.js';

/** How long a successful check counts as evidence that writes work, milliseconds. */
const writableForMs = 2000;

/**
 * Resolves if the database takes writes: by the last check, if nothing has failed since and it is recent, else by a write that
 * changes nothing. @throws UNAVAILABLE, for example while the disk is full
 */
export function createWriteCheck(
  database: Pick<SqliteDatabase, 'db' | 'write' | 'failedWrites'>,
): () => Promise<void> {
  // Setting it to the value that it has writes the first page again.
  const rewrite = `PRAGMA user_version = ${pragma(database.db, 'user_version')}`;
  let writableAt = Number.NEGATIVE_INFINITY;
  let seenFailures = 0;
  return async () => {
    const failures = database.failedWrites();
    if (failures === seenFailures && performance.now() - writableAt < writableForMs) return;
    await orUnavailable(database.write(() => database.db.exec(rewrite)));
    writableAt = performance.now();
    seenFailures = failures;
  };
}

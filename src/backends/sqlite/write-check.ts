import { orUnavailable } from '../../swap/errors.js';
import { pragma, type SqliteDatabase } from './database.js';

/** How long a successful check counts as evidence that writes work, milliseconds. */
const writableForMs = 2000;

/**
 * Resolves if the database accepts writes: a recent check counts unless a write has failed since; otherwise a no-op write decides.
 * @throws UNAVAILABLE, for example while the disk is full
 */
export function createWriteCheck(
  database: Pick<SqliteDatabase, 'db' | 'write' | 'failedWrites'>,
): () => Promise<void> {
  // Setting the current value rewrites the first page.
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

import { expect, onTestFinished, test } from 'vitest';
import { openSqliteDatabase } from '../../../src/backends/sqlite/database.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';

/** A database with one table, whose syncs finish when the test lets them. */
function open() {
  const syncs: (() => void)[] = [];
  const counts = { commits: 0 };
  const database = openSqliteDatabase(temporaryFolder(), {
    onCommitted: () => {
      counts.commits += 1;
    },
    wrapSync: (sync) =>
      new Promise((resolve, reject) => {
        syncs.push(() => sync().then(resolve, reject));
      }),
  });
  onTestFinished(() => {
    if (database.db.isOpen) database.close();
  });
  database.db.exec('CREATE TABLE words (word TEXT)');
  const insert = database.db.prepare('INSERT INTO words VALUES (?)');
  const write = (word: string): Promise<unknown> => database.write(() => insert.run(word));
  return { database, syncs, counts, write };
}

test('closing during a sync commits and syncs the pending writes', async () => {
  const { database, syncs, counts, write } = open();
  const first = write('a');
  await expect.poll(() => syncs).toHaveLength(1);
  const second = write('b');
  database.close();
  await Promise.all([first, second]);
  expect(counts.commits).toBe(2);
  syncs[0]?.();
});

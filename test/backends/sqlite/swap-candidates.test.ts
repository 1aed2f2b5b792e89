import { expect, onTestFinished, test } from 'vitest';
import { openSqliteDatabase } from '../../../src/backends/sqlite/database.js';
import { candidatesQuery } from '../../../src/backends/sqlite/swap-candidates.js';
import { createSqliteSwapIndex } from '../../../src/backends/sqlite/swap-index.js';
import { createSqliteSwapStore } from '../../../src/backends/sqlite/swap-store.js';
import { systemClock } from '../../../src/lib/clock.js';
import { storeEnded } from '../../../testing/embedded-backend.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';

function open(folder: string) {
  const database = openSqliteDatabase(folder);
  onTestFinished(() => {
    if (database.db.isOpen) database.close();
  });
  const store = createSqliteSwapStore(database, { clock: systemClock, pendingTtlMs: 60_000 });
  return { database, store, swapIndex: createSqliteSwapIndex(database) };
}

test('a filtered list is read from an index, in its order', () => {
  const { database } = open(temporaryFolder());
  const plan = database.db.prepare(`EXPLAIN QUERY PLAN ${candidatesQuery}`).all();
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH swaps USING INDEX swaps_by_outcome (client=? AND outcome=? AND created_at>? AND created_at<?)',
  ]);
});

test('swaps that an earlier version finished on the same file are listed by their status after the next start', async () => {
  const folder = temporaryFolder();
  const first = open(folder);
  const ids = await storeEnded(first, 3, Date.now() + 60_000);
  // An earlier version does not know the column.
  first.database.db.exec('UPDATE swaps SET outcome = NULL');
  first.database.db.exec(`UPDATE ended SET value = 'not JSON' WHERE key = '${ids[0]}'`);
  first.database.close();
  const { swapIndex, database } = open(folder);
  const canceled = await swapIndex.candidates('ann', { statuses: new Set(['CANCELED']) }, 10);
  expect(canceled.map(({ id }) => id).sort()).toEqual([...ids].sort());
  const filled = database.db.prepare("SELECT id FROM swaps WHERE outcome = 'CANCELED'").all();
  expect(filled.map(({ id }) => id).sort()).toEqual(ids.slice(1).sort());
});

import { orUnavailable } from '../../swap/errors.js';
import type { LatePollSchedule } from '../../swap/late-poll-schedule.js';
import type { SqliteDatabase } from './database.js';

/** The schedule of late-result polls in the embedded database. */
export function createSqliteLatePolls(database: SqliteDatabase): LatePollSchedule {
  const { db } = database;
  db.exec(`
    CREATE TABLE IF NOT EXISTS late_polls (swap_id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS late_polls_by_due ON late_polls (due_at);
  `);
  const insert = db.prepare(
    'INSERT INTO late_polls (swap_id, attempts, due_at) VALUES (:swapId, 0, :dueAt) ON CONFLICT DO NOTHING',
  );
  const lease = db.prepare(`
    UPDATE late_polls SET due_at = :until
    WHERE swap_id IN (SELECT swap_id FROM late_polls WHERE due_at <= :now ORDER BY due_at LIMIT :limit)
    RETURNING swap_id, attempts`);
  const update = db.prepare(
    'UPDATE late_polls SET attempts = :attempts, due_at = :dueAt WHERE swap_id = :swapId',
  );
  const remove = db.prepare('DELETE FROM late_polls WHERE swap_id = ?');
  const selectNext = db.prepare('SELECT min(due_at) AS due_at FROM late_polls');

  const write = <T>(change: () => T): Promise<T> => orUnavailable(database.write(change));

  return {
    add: (swapId, dueAt) => write(() => void insert.run({ swapId, dueAt: Math.round(dueAt) })),
    take: (now, leaseMs, limit) =>
      write(() =>
        lease
          .all({ now, until: Math.round(now + leaseMs), limit })
          .map((row) => ({ swapId: String(row['swap_id']), attempts: Number(row['attempts']) })),
      ),
    postpone: (swapId, attempts, dueAt) =>
      write(() => void update.run({ swapId, attempts, dueAt: Math.round(dueAt) })),
    remove: (swapId) => write(() => void remove.run(swapId)),
    nextDueAt: () =>
      orUnavailable(
        database.read(() => {
          const dueAt = selectNext.get()?.['due_at'];
          return typeof dueAt === 'number' ? dueAt : undefined;
        }),
      ),
  };
}

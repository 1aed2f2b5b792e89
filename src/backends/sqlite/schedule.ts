import { orUnavailable } from '../../swap/errors.js';
import type { LatePollSchedule } from '../../swap/late-poll-schedule.js';
import type { SqliteDatabase } from './database.js';
import type { DueClock } from './due-clock.js';

/**
 * A schedule in the embedded database: of late-result polls, copies into the archive, or erasures.
 */
export function createSqliteSchedule(
  database: SqliteDatabase,
  table: 'late_polls' | 'archive_jobs' | 'erasure_jobs',
  dueClock: Pick<DueClock, 'note'>,
): LatePollSchedule {
  const { db } = database;
  db.exec(`
    CREATE TABLE IF NOT EXISTS ${table} (swap_id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS ${table}_by_due ON ${table} (due_at);
  `);
  const insert = db.prepare(
    `INSERT INTO ${table} (swap_id, attempts, due_at) VALUES (:swapId, 0, :dueAt) ON CONFLICT DO NOTHING`,
  );
  const lease = db.prepare(`
    UPDATE ${table} SET due_at = :until
    WHERE swap_id IN (SELECT swap_id FROM ${table} WHERE due_at <= :now ORDER BY due_at LIMIT :limit)
    RETURNING swap_id, attempts`);
  const update = db.prepare(
    `UPDATE ${table} SET attempts = :attempts, due_at = :dueAt WHERE swap_id = :swapId`,
  );
  const remove = db.prepare(`DELETE FROM ${table} WHERE swap_id = ?`);
  const selectNext = db.prepare(`SELECT min(due_at) AS due_at FROM ${table}`);

  const write = <T>(change: () => T): Promise<T> =>
    orUnavailable(
      database.write(() => {
        dueClock.note();
        return change();
      }),
    );

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

import type { Clock } from '../../lib/clock.js';
import { createSteadyNow } from '../../lib/steady-now.js';
import type { SqliteDatabase } from './database.js';

/** The time by which entries of the outbox and of the schedules are due. */
export interface DueClock {
  /** Milliseconds since the epoch, never going back within a process; see `createSteadyNow`. */
  now(): number;
  /** Stores the time with the entries that a transaction writes. To be called within it. */
  note(): void;
}

/** Entries may be due later by as much. */
const noteEveryMs = 500;
const scheduleTables = ['callbacks', 'late_polls', 'archive_jobs', 'erasure_jobs'];

/**
 * Keeps due times meaningful across processes. If the clock of the process that wrote them was ahead of this one's, they are moved
 * back by the difference: otherwise nothing would be due until this clock has caught up, which may take years.
 */
export function createDueClock({ db, maintain }: SqliteDatabase, clock: Clock): DueClock {
  db.exec(
    'CREATE TABLE IF NOT EXISTS due_clock (id INTEGER PRIMARY KEY CHECK (id = 1), noted_at INTEGER NOT NULL)',
  );
  const store = db.prepare(
    'INSERT INTO due_clock (id, noted_at) VALUES (1, ?) ON CONFLICT DO UPDATE SET noted_at = excluded.noted_at',
  );
  const now = createSteadyNow(clock);
  let lastNotedAt = Number.NEGATIVE_INFINITY;
  const note = (): void => {
    if (now() - lastNotedAt < noteEveryMs) return;
    lastNotedAt = Math.ceil(now());
    store.run(lastNotedAt);
  };

  const notedAt = db.prepare('SELECT noted_at FROM due_clock').get()?.['noted_at'];
  const aheadMs = typeof notedAt === 'number' ? notedAt - Math.floor(now()) : 0;
  if (aheadMs > 0) {
    const existing = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const names = new Set(existing.map(({ name }) => name));
    maintain(() => {
      for (const table of scheduleTables)
        if (names.has(table)) db.prepare(`UPDATE ${table} SET due_at = due_at - ?`).run(aheadMs);
      note();
    });
  }
  return { now, note };
}

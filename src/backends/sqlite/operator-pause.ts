import { orUnavailable } from '../../swap/errors.js';
import type { OperatorPause } from '../../swap/queue-pause.js';
import type { OperatorPauseStore } from '../memory/pauses.js';
import type { SqliteDatabase } from './database.js';

/** Keeps an operator's pause in a table of at most one row. `write` throws UNAVAILABLE. */
export function createSqliteOperatorPause({ db, write }: SqliteDatabase): OperatorPauseStore {
  db.exec(`CREATE TABLE IF NOT EXISTS operator_pause
    (id INTEGER PRIMARY KEY CHECK (id = 1), since INTEGER NOT NULL, until INTEGER, note TEXT)`);
  const select = db.prepare('SELECT since, until, note FROM operator_pause');
  const insert = db.prepare(
    'INSERT OR REPLACE INTO operator_pause (id, since, until, note) VALUES (1, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM operator_pause');
  return {
    read() {
      const row = select.get() as { since: number; until: number | null; note: string | null } | undefined;
      if (!row) return undefined;
      const { since, until, note } = row;
      return { since, ...(until !== null && { until }), ...(note !== null && { note }) };
    },
    async write(pause: OperatorPause | undefined) {
      await orUnavailable(
        write(() => {
          if (pause) insert.run(Math.round(pause.since), rounded(pause.until), pause.note ?? null);
          else remove.run();
        }),
      );
    },
  };
}

const rounded = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms));

import { orUnavailable } from '../../swap/errors.js';
import { accountsOf } from '../../swap/principal.js';
import type { EndedSwap, QueuedSwap } from '../../swap/swap.js';
import { firstKeptMonth, monthOf, noUsage, type UsageReader } from '../../swap/usage.js';
import type { SqliteDatabase } from './database.js';

/** Counts swaps. Call the methods in the transaction that accepts or finishes the swap. */
export interface SqliteUsageCounter {
  accepted(swap: QueuedSwap): void;
  ended(swap: EndedSwap): void;
}

export function createSqliteUsage(database: SqliteDatabase): UsageReader {
  createTable(database);
  const select = database.db.prepare(
    'SELECT swaps, succeeded, failed FROM usage WHERE client = :client AND month = :month',
  );
  const removeAll = database.db.prepare('DELETE FROM usage WHERE client = :client');
  return {
    read: (client, month) =>
      orUnavailable(
        database.read(() => {
          const row = select.get({ client, month });
          if (!row) return noUsage;
          return {
            swaps: Number(row['swaps']),
            succeeded: Number(row['succeeded']),
            failed: Number(row['failed']),
          };
        }),
      ),
    remove: (clients) =>
      orUnavailable(
        database.write(() => {
          for (const client of clients) removeAll.run({ client });
        }),
      ),
  };
}

export function createSqliteUsageCounter(database: SqliteDatabase): SqliteUsageCounter {
  createTable(database);
  const add = database.db.prepare(`
    INSERT INTO usage (client, month, swaps, succeeded, failed) VALUES (:client, :month, :swaps, :succeeded, :failed)
    ON CONFLICT (client, month) DO UPDATE SET
      swaps = swaps + excluded.swaps, succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed`);
  const count = ({ client, createdAt }: QueuedSwap | EndedSwap, counts: Partial<typeof noUsage>): void => {
    for (const account of accountsOf(client))
      add.run({ client: account, month: monthOf(createdAt), ...noUsage, ...counts });
  };
  return {
    accepted: (swap) => count(swap, { swaps: 1 }),
    ended(swap) {
      if (swap.status === 'SUCCEEDED') count(swap, { succeeded: 1 });
      if (swap.status === 'FAILED') count(swap, { failed: 1 });
    },
  };
}

/**
 * Removes up to `limit` counts of months that are no longer kept. Call in a transaction.
 * @returns how many were removed; fewer than `limit` means that none are left
 */
export function removeOldUsage({ db }: SqliteDatabase, now: number, limit: number): number {
  const remove = db.prepare(
    'DELETE FROM usage WHERE (client, month) IN (SELECT client, month FROM usage WHERE month < ? LIMIT ?)',
  );
  return Number(remove.run(firstKeptMonth(now), limit).changes);
}

/** A new table counts the swaps that an earlier version accepted and did not finish, since their ends will be counted. */
function createTable({ db, maintain }: SqliteDatabase): void {
  const hasTable = (name: string): boolean =>
    db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
  if (hasTable('usage')) return;
  maintain(() => {
    db.exec(`
      CREATE TABLE usage (
        client TEXT NOT NULL,
        month TEXT NOT NULL,
        swaps INTEGER NOT NULL,
        succeeded INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        PRIMARY KEY (client, month)
      ) WITHOUT ROWID;
      CREATE INDEX usage_by_month ON usage (month);`);
    if (hasTable('swaps'))
      db.exec(`
        INSERT INTO usage SELECT client, strftime('%Y-%m', created_at / 1000, 'unixepoch') AS month, count(*), 0, 0
        FROM swaps WHERE expires_at IS NULL GROUP BY client, month`);
  });
}

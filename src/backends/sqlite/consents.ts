import type { Clock } from '../../lib/clock.js';
import type { ConsentEvidence, ConsentLog } from '../../swap/consent.js';
import { orUnavailable } from '../../swap/errors.js';
import type { SqliteDatabase } from './database.js';

type Row = Record<string, unknown>;

/** Evidence of consent in the embedded database, in a table of its own. `createSqliteSwapStore` adds it with new swaps. */
export function createSqliteConsents(database: SqliteDatabase, clock: Pick<Clock, 'now'>): ConsentLog {
  const insert = prepareConsentInsert(database);
  const { db } = database;
  const select = db.prepare('SELECT * FROM consents WHERE swap_id = :swapId AND expires_at > :now');
  const selectPage = db.prepare(
    'SELECT * FROM consents WHERE seq > :after AND expires_at > :now ORDER BY seq LIMIT :first',
  );
  return {
    add: (evidence) => orUnavailable(database.write(() => insert(evidence))),
    get: (swapId) =>
      orUnavailable(
        database.read(() => {
          const row = select.get({ swapId, now: clock.now() });
          return row && readRow(row);
        }),
      ),
    page: (first, after = 0) =>
      orUnavailable(
        database.read(() => {
          const rows = selectPage.all({ first, after, now: clock.now() });
          const next = rows.length < first ? undefined : Number(rows.at(-1)?.['seq']);
          return { evidence: rows.map(readRow), next };
        }),
      ),
  };
}

/** @returns a function that adds evidence unless the swap has some, to be called in a transaction */
export function prepareConsentInsert(database: SqliteDatabase): (evidence: ConsentEvidence) => void {
  createTable(database);
  const insert = database.db.prepare(`
    INSERT INTO consents (swap_id, client, at, statement, inputs, key_id, expires_at)
    VALUES (:swapId, :client, :at, :statement, :inputs, :keyId, :expiresAt) ON CONFLICT (swap_id) DO NOTHING`);
  return ({ statement, ...facts }) => void insert.run({ ...facts, statement: statement ?? null });
}

/**
 * Removes up to `limit` expired entries, oldest first. Call in a transaction.
 * @returns how many were removed; fewer than `limit` means that none are left
 */
export function removeExpiredConsents(database: SqliteDatabase, now: number, limit: number): number {
  createTable(database);
  const remove = database.db.prepare(
    'DELETE FROM consents WHERE seq IN (SELECT seq FROM consents WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
  );
  return Number(remove.run(now, limit).changes);
}

function createTable({ db }: SqliteDatabase): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS consents (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      swap_id TEXT NOT NULL UNIQUE, -- the swap may be gone
      client TEXT NOT NULL,
      at INTEGER NOT NULL,
      statement TEXT,
      inputs TEXT NOT NULL, -- HMAC
      key_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS consents_by_expiry ON consents (expires_at);
  `);
}

function readRow(row: Row): ConsentEvidence {
  const { swap_id, client, at, statement, inputs, key_id, expires_at } = row;
  return {
    swapId: String(swap_id),
    client: String(client),
    at: Number(at),
    ...(statement !== null && { statement: String(statement) }),
    inputs: String(inputs),
    keyId: String(key_id),
    expiresAt: Number(expires_at),
  };
}

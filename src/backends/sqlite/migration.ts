import type { DatabaseSync } from 'node:sqlite';

/** Version of the current tables. */
const version = 1;

/**
 * Migrates a database of an earlier gateway to the current tables, all or nothing. A new database only gets its version: the
 * adapters create their own tables.
 */
export function migrateDatabase(db: DatabaseSync): void {
  const [found] = Object.values(db.prepare('PRAGMA user_version').get() ?? {});
  if (found === version) return;
  if (found !== 0) throw new Error('it was created by a newer version of the gateway');
  const hasTable = (name: string): boolean =>
    db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
  // With foreign keys on, dropping a table would delete the rows that refer to it.
  db.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
  try {
    if (hasTable('keyv')) db.exec(swapsFromOneTable);
    if (hasTable('claims')) db.exec(claimsById);
    db.exec(`PRAGMA user_version = ${version}; COMMIT; PRAGMA foreign_keys = ON`);
  } catch (error) {
    // SQLite may already have rolled back, for example on a full disk.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Version 0 kept pending and finished swaps in one table. */
const swapsFromOneTable = `
  CREATE TABLE pending (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
  INSERT INTO pending SELECT substr(key, 9), value, expires FROM keyv WHERE key LIKE 'pending:%';
  CREATE TABLE ended (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
  INSERT INTO ended SELECT substr(key, 7), value, expires FROM keyv WHERE key LIKE 'ended:%' ORDER BY rowid;
  DROP TABLE keyv;
`;

/** In version 0, claims referred to the swap's id. */
const claimsById = `
  ALTER TABLE claims RENAME TO old_claims;
  CREATE TABLE claims (
    client TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    swap_seq INTEGER NOT NULL REFERENCES swaps ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (client, kind, value)
  ) WITHOUT ROWID;
  INSERT INTO claims
    SELECT old_claims.client, kind, value, seq, fingerprint FROM old_claims JOIN swaps ON swaps.id = swap_id;
  DROP TABLE old_claims;
`;

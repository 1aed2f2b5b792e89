import type { DatabaseSync } from 'node:sqlite';

/** Of the tables as they are created now. */
const version = 1;

/**
 * Brings a database that an earlier version of the gateway made into the form that the tables have now, all or nothing. A new
 * one is only marked: the adapters create their tables themselves.
 */
export function migrateDatabase(db: DatabaseSync): void {
  const [found] = Object.values(db.prepare('PRAGMA user_version').get() ?? {});
  if (found === version) return;
  if (found !== 0) throw new Error('it was made by a newer version of the gateway');
  const hasTable = (name: string): boolean =>
    db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
  // Dropping a table would count as deleting what refers to it.
  db.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
  try {
    if (hasTable('keyv')) db.exec(swapsFromOneTable);
    if (hasTable('claims')) db.exec(claimsById);
    db.exec(`PRAGMA user_version = ${version}; COMMIT; PRAGMA foreign_keys = ON`);
  } catch (error) {
    // SQLite may have done it already, when the disk is full for one.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Version 0 had one table for what is pending and ended. */
const swapsFromOneTable = `
  CREATE TABLE pending (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
  INSERT INTO pending SELECT substr(key, 9), value, expires FROM keyv WHERE key LIKE 'pending:%';
  CREATE TABLE ended (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
  INSERT INTO ended SELECT substr(key, 7), value, expires FROM keyv WHERE key LIKE 'ended:%' ORDER BY rowid;
  DROP TABLE keyv;
`;

/** And claims that referred to the swap's id. */
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

import type { DatabaseSync } from 'node:sqlite';
import type { BackupContents } from './backup.js';

/** Exists in a backup only, until a gateway that was started on it has dealt with it. */
const table = 'restored_backup';
const takenAtName = 'taken-at';

/** Marks a copy of the database as a backup. */
export function writeBackupTable(db: DatabaseSync, { takenAt, secrets }: BackupContents): void {
  db.exec(
    `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
  );
  const insert = db.prepare(`INSERT INTO ${table} (name, value) VALUES (?, ?)`);
  insert.run(takenAtName, String(takenAt));
  for (const [name, secret] of Object.entries(secrets)) insert.run(name, secret);
}

/** What a backup holds; undefined if the database is none, or was dealt with. */
export function readBackupTable(db: DatabaseSync): BackupContents | undefined {
  if (!db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table)) return undefined;
  const rows = db.prepare(`SELECT name, value FROM ${table}`).all();
  const { [takenAtName]: takenAt, ...secrets } = Object.fromEntries(
    rows.map((row) => [String(row['name']), String(row['value'])]),
  );
  return { takenAt: Number(takenAt), secrets };
}

/** Call in a transaction. */
export const dropBackupTable = (db: DatabaseSync): void => db.exec(`DROP TABLE IF EXISTS ${table}`);

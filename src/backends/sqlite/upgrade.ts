import type { SqliteDatabase } from './database.js';

/**
 * Whether an earlier version, which signed client webhooks with one secret for all clients, has used the data directory. Determined
 * once, when this version first opens it, before any other table is created.
 *
 * @param hasSigningSecret whether the directory has that secret, for example because only the database was removed
 */
export function findUpgrade({ db, maintain }: SqliteDatabase, hasSigningSecret: boolean): boolean {
  const hasTable = (name: string): boolean =>
    db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
  if (!hasTable('deployment')) {
    const isUpgraded = hasTable('swaps') || hasTable('ended') || hasSigningSecret;
    maintain(() => {
      db.exec('CREATE TABLE deployment (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
      db.prepare("INSERT INTO deployment VALUES ('signatures', ?)").run(isUpgraded ? 'shared' : 'per-client');
    });
  }
  return db.prepare("SELECT value FROM deployment WHERE name = 'signatures'").get()?.['value'] === 'shared';
}

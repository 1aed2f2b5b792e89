import { EventEmitter } from 'node:events';
import { type KeyvStorageAdapter, type KeyvStorageEntry, keyvStorageCapability } from 'keyv';
import type { SqliteDatabase } from './sqlite-database.js';

export interface SqliteKeyvAdapterOptions {
  /** Name of its table. Short-lived and long-lived values are kept apart, so that the few pages of the former stay few. */
  namespace: 'pending' | 'ended';
  /** The first value of a key stays until it expires; `set` gives false, and writes nothing, for a later one. */
  writeOnce?: boolean;
}

/**
 * A keyv storage adapter on a table of the embedded database. Values that have expired are as good as gone, and are
 * removed by `removeExpired`.
 */
export function createSqliteKeyvAdapter(
  database: SqliteDatabase,
  options: SqliteKeyvAdapterOptions,
): KeyvStorageAdapter {
  const { db } = database;
  const { namespace: table } = options;
  createTable(database, table);
  const onConflict = options.writeOnce ? 'WHERE expires <= :now' : '';
  const select = db.prepare(
    `SELECT value FROM ${table} WHERE key = :key AND (expires IS NULL OR expires > :now)`,
  );
  const upsert = db.prepare(`
    INSERT INTO ${table} (key, value, expires) VALUES (:key, :value, :expires)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires ${onConflict}`);
  const remove = db.prepare(`DELETE FROM ${table} WHERE key = ?`);
  const removeAll = db.prepare(`DELETE FROM ${table}`);

  const read = (key: string): string | undefined =>
    select.get({ key, now: Date.now() })?.['value'] as string | undefined;
  const write = (key: string, value: unknown, expires: number | undefined): boolean => {
    const row = { key, value: value as string, expires: expires ?? null };
    return upsert.run(options.writeOnce ? { ...row, now: Date.now() } : row).changes === 1;
  };
  const drop = (key: string): boolean => remove.run(key).changes === 1;

  const adapter = {
    namespace: options.namespace,
    get: async (key: string) => read(key),
    getMany: async (keys: string[]) => keys.map(read),
    has: async (key: string) => read(key) !== undefined,
    hasMany: async (keys: string[]) => keys.map((key) => read(key) !== undefined),
    set: (key: string, value: unknown, expires?: number) => database.write(() => write(key, value, expires)),
    setMany: (entries: KeyvStorageEntry[]) =>
      database.write(() => entries.map(({ key, value, expires }) => write(key, value, expires))),
    delete: (key: string) => database.write(() => drop(key)),
    deleteMany: (keys: string[]) => database.write(() => keys.map(drop)),
    clear: () => database.write(() => void removeAll.run()),
  };
  return Object.assign(new EventEmitter(), adapter, {
    capabilities: keyvStorageCapability(adapter),
  }) as unknown as KeyvStorageAdapter;
}

/**
 * Removes values of a table whose time is up, at most `limit` of them, oldest first.
 * @returns how many were removed; fewer than `limit`: there are no more
 */
export function removeExpired(
  database: SqliteDatabase,
  { namespace: table }: Pick<SqliteKeyvAdapterOptions, 'namespace'>,
  now: number,
  limit: number,
): Promise<number> {
  return database.write(() =>
    Number(
      database.db
        .prepare(
          `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires <= ? ORDER BY expires LIMIT ?)`,
        )
        .run(now, limit).changes,
    ),
  );
}

function createTable({ db }: SqliteDatabase, table: string): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
    CREATE INDEX IF NOT EXISTS ${table}_by_expiry ON ${table} (expires) WHERE expires IS NOT NULL;
  `);
}

import { EventEmitter } from 'node:events';
import { type KeyvStorageAdapter, type KeyvStorageEntry, keyvStorageCapability } from 'keyv';
import type { SqliteDatabase } from './database.js';

export interface SqliteKeyvAdapterOptions {
  /** Name of the table. Short-lived values have their own, which stays at a few pages. */
  namespace: 'pending' | 'ended' | 'erasures';
  /** The first value of a key stays until it expires; `set` returns false and writes nothing for a later one. */
  writeOnce?: boolean;
  /** Whether a value is outdated, so that `set` writes nothing and returns true. Called in the transaction. */
  isObsolete?(key: string): boolean;
}

export interface SqliteKeyvAdapter extends KeyvStorageAdapter {
  /** Like `set`, but synchronous. Call in a transaction. */
  setInTransaction(key: string, value: string, expires: number): boolean;
  /** Replaces the value of a key, also of one that is written once. Call in a transaction. */
  replaceInTransaction(key: string, value: string, expires: number): void;
  /** Like `delete`, but synchronous. Call in a transaction. */
  deleteInTransaction(key: string): void;
}

/** Separates keyv's namespace from the key. */
const separator = ':';
const iteratorPageSize = 100;

/**
 * A keyv storage adapter on a table of the embedded database. Expired values are treated as missing, and removed by the sweep.
 * Keyv instances with different namespaces share the table and see only their own keys.
 *
 * Methods throw the database's errors. `disconnect` leaves the database open: it belongs to its creator.
 */
export function createSqliteKeyvAdapter(
  database: SqliteDatabase,
  options: SqliteKeyvAdapterOptions,
): SqliteKeyvAdapter {
  const { db } = database;
  const { namespace: table, writeOnce = false, isObsolete = () => false } = options;
  createTable(database, table);
  const onConflict = writeOnce ? 'WHERE expires <= :now' : '';
  const isAlive = '(expires IS NULL OR expires > :now)';
  const isInNamespace = 'substr(key, 1, length(:prefix)) = :prefix';
  const select = db.prepare(`SELECT value FROM ${table} WHERE key = :key AND ${isAlive}`);
  const selectPage = db.prepare(`
    SELECT key, value FROM ${table} WHERE key > :after AND ${isInNamespace} AND ${isAlive}
    ORDER BY key LIMIT ${iteratorPageSize}`);
  const upsert = db.prepare(`
    INSERT INTO ${table} (key, value, expires) VALUES (:key, :value, :expires)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires ${onConflict}`);
  const remove = db.prepare(`DELETE FROM ${table} WHERE key = :key RETURNING ${isAlive} AS was_alive`);
  const removeAll = db.prepare(`DELETE FROM ${table} WHERE ${isInNamespace}`);

  const prefixOf = (namespace: string | undefined): string =>
    namespace === undefined || namespace === table ? '' : namespace + separator;
  const nameOf = (key: string): string => prefixOf(adapter.namespace) + key;

  const read = (name: string): string | undefined =>
    select.get({ key: name, now: Date.now() })?.['value'] as string | undefined;
  const write = (name: string, value: unknown, expires: number | undefined): boolean => {
    const row = { key: name, value: value as string, expires: expires ?? null };
    return upsert.run(writeOnce ? { ...row, now: Date.now() } : row).changes === 1;
  };
  const drop = (name: string): boolean => remove.get({ key: name, now: Date.now() })?.['was_alive'] === 1;

  const methods = {
    namespace: table as string | undefined,
    async get(key: string) {
      const name = nameOf(key);
      return database.read(() => read(name));
    },
    async getMany(keys: string[]) {
      const names = keys.map(nameOf);
      return database.read(() => names.map(read));
    },
    async has(key: string) {
      const name = nameOf(key);
      return database.read(() => read(name) !== undefined);
    },
    async hasMany(keys: string[]) {
      const names = keys.map(nameOf);
      return database.read(() => names.map((name) => read(name) !== undefined));
    },
    async set(key: string, value: unknown, expires?: number) {
      const name = nameOf(key);
      return database.write(() => isObsolete(name) || write(name, value, expires));
    },
    async setMany(entries: KeyvStorageEntry[]) {
      const rows = entries.map((entry) => ({ ...entry, name: nameOf(entry.key) }));
      return database.write(() => rows.map(({ name, value, expires }) => write(name, value, expires)));
    },
    async delete(key: string) {
      const name = nameOf(key);
      return database.write(() => drop(name));
    },
    async deleteMany(keys: string[]) {
      const names = keys.map(nameOf);
      return database.write(() => names.map(drop));
    },
    async clear() {
      const prefix = prefixOf(adapter.namespace);
      return database.write(() => void removeAll.run({ prefix }));
    },
    async *iterator(): AsyncGenerator<[string, string]> {
      const prefix = prefixOf(adapter.namespace);
      // Page by page, so that concurrent writes never wait for an open statement.
      for (let after = ''; ; ) {
        const page = await database.read(() =>
          selectPage
            .all({ after, prefix, now: Date.now() })
            .map((row): [string, string] => [String(row['key']), String(row['value'])]),
        );
        for (const [name, value] of page) yield [name.slice(prefix.length), value];
        const last = page.at(-1);
        if (!last || page.length < iteratorPageSize) return;
        [after] = last;
      }
    },
    async disconnect() {},
    setInTransaction: (key: string, value: string, expires: number) => write(nameOf(key), value, expires),
    replaceInTransaction(key: string, value: string, expires: number) {
      drop(nameOf(key));
      write(nameOf(key), value, expires);
    },
    deleteInTransaction: (key: string) => void drop(nameOf(key)),
  };
  const adapter: typeof methods = Object.assign(new EventEmitter(), methods, {
    capabilities: keyvStorageCapability(methods),
  });
  return adapter as unknown as SqliteKeyvAdapter;
}

/**
 * Removes up to `limit` expired values of a table, oldest first. Call in a transaction.
 * @returns how many were removed; fewer than `limit` means that none are left
 */
export function removeExpired(
  { db }: SqliteDatabase,
  { namespace: table }: Pick<SqliteKeyvAdapterOptions, 'namespace'>,
  now: number,
  limit: number,
): number {
  const remove = db.prepare(
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires <= ? ORDER BY expires LIMIT ?)`,
  );
  return Number(remove.run(now, limit).changes);
}

function createTable({ db }: SqliteDatabase, table: string): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER);
    CREATE INDEX IF NOT EXISTS ${table}_by_expiry ON ${table} (expires) WHERE expires IS NOT NULL;
  `);
}

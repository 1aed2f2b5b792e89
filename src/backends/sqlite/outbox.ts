import type { SQLOutputValue } from 'node:sqlite';
import { orUnavailable } from '../../swap/errors.js';
import {
  type DeliveryRound,
  type DueDelivery,
  givenUpMs,
  type ListedDelivery,
  type WebhookOutbox,
} from '../../swap/webhook-outbox.js';
import { entryName, readEntryName, takeRoundRobin } from '../outbox-entries.js';
import type { SqliteDatabase } from './database.js';
import type { DueClock } from './due-clock.js';

type Row = Record<string, SQLOutputValue>;

/** The outbox in the embedded database. `swap_id` holds the entry's name; rows of earlier versions have no client. */
export function createSqliteOutbox(
  database: SqliteDatabase,
  dueClock: Pick<DueClock, 'note'>,
): WebhookOutbox {
  const { db } = database;
  createTable(db);
  const insert = db.prepare(
    'INSERT INTO callbacks (swap_id, attempts, due_at, client, host) VALUES (:name, 0, :dueAt, :client, :host) ON CONFLICT DO NOTHING',
  );
  const upsert = db.prepare(`
    INSERT INTO callbacks (swap_id, attempts, due_at, client, host) VALUES (:name, 0, :dueAt, :client, :host)
    ON CONFLICT DO UPDATE SET attempts = 0, due_at = min(due_at, :dueAt)`);
  const selectDue = db.prepare(`
    SELECT swap_id, attempts, client, host FROM callbacks
    WHERE client = :client AND due_at <= :now ORDER BY due_at LIMIT :limit`);
  const selectNextClient = db.prepare('SELECT min(client) AS client FROM callbacks WHERE client > ?');
  const selectUnknownClient = db.prepare("SELECT 1 FROM callbacks WHERE client = '' LIMIT 1");
  const lease = db.prepare('UPDATE callbacks SET due_at = :until WHERE swap_id = :name');
  const update = db.prepare(
    'UPDATE callbacks SET attempts = :attempts, due_at = :dueAt WHERE swap_id = :name',
  );
  const remove = db.prepare('DELETE FROM callbacks WHERE swap_id = ?');
  const forget = db.prepare('DELETE FROM given_up_callbacks WHERE swap_id = ? OR at < ?');
  const insertGivenUp = db.prepare(`
    INSERT OR REPLACE INTO given_up_callbacks (swap_id, attempts, at, client, host)
    VALUES (:name, :attempts, :at, :client, :host)`);
  const lists = {
    waiting: {
      select: db.prepare('SELECT *, due_at AS at FROM callbacks ORDER BY due_at LIMIT ?'),
      count: db.prepare('SELECT count(*) AS total FROM callbacks'),
    },
    'given-up': {
      select: db.prepare('SELECT * FROM given_up_callbacks ORDER BY at DESC LIMIT ?'),
      count: db.prepare('SELECT count(*) AS total FROM given_up_callbacks'),
    },
  };
  const selectNext = db.prepare('SELECT min(due_at) AS due_at FROM callbacks WHERE due_at > ?');

  const write = <T>(change: () => T): Promise<T> =>
    orUnavailable(
      database.write(() => {
        dueClock.note();
        return change();
      }),
    );

  /** All clients with entries, by name, starting after `after` and wrapping around. One index probe each. */
  function* clientsInTurn(after: string | undefined): Generator<string> {
    const next = (previous: string): string | undefined => {
      const client = selectNextClient.get(previous)?.['client'];
      return typeof client === 'string' ? client : undefined;
    };
    if (after !== undefined)
      for (let client = next(after); client !== undefined; client = next(client)) yield client;
    if (selectUnknownClient.get()) yield '';
    for (let client = next(''); client !== undefined; client = next(client)) {
      if (after !== undefined && client > after) return;
      yield client;
    }
  }

  function takeDue(
    now: number,
    until: number,
    limit: number,
    { perClient, room, after }: DeliveryRound,
  ): Row[] {
    if (!isAnyDue(now)) return [];
    const queues: Row[][] = [];
    for (const client of clientsInTurn(after)) {
      const most = Math.min(room?.get(client) ?? perClient, limit);
      const queue = most > 0 ? selectDue.all({ client, now, limit: most }) : [];
      if (queue.length > 0) queues.push(queue);
      if (queues.length === limit) break;
    }
    const taken = takeRoundRobin(queues, limit);
    for (const row of taken) lease.run({ until, name: row['swap_id'] ?? null });
    return taken;
  }

  const isAnyDue = (now: number): boolean => {
    const earliest = selectNext.get(Number.MIN_SAFE_INTEGER)?.['due_at'];
    return typeof earliest === 'number' && earliest <= now;
  };

  return {
    add: (swapId, dueAt, { type, client = '', host = '', again = false } = {}) =>
      write(() => {
        const name = entryName({ swapId, type });
        (again ? upsert : insert).run({ name, dueAt: Math.round(dueAt), client, host });
        if (again) forget.run(name, dueAt - givenUpMs);
      }),
    take: (now, leaseMs, limit, turn = { perClient: limit }) =>
      write(() => takeDue(now, now + leaseMs, limit, turn)).then((rows) => rows.map(readRow)),
    postpone: (entry, attempts, dueAt) =>
      write(() => void update.run({ name: entryName(entry), attempts, dueAt: Math.round(dueAt) })),
    remove: (entry) =>
      write(() => {
        remove.run(entryName(entry));
        forget.run(entryName(entry), Number.MIN_SAFE_INTEGER);
      }),
    giveUp: (entry, at) =>
      write(() => {
        const { attempts, client = '', host = '' } = entry;
        const name = entryName(entry);
        remove.run(name);
        forget.run(name, Math.round(at) - givenUpMs);
        insertGivenUp.run({ name, attempts, at: Math.round(at), client, host });
      }),
    list: (which, limit) =>
      orUnavailable(
        database.read(() => {
          const { select, count } = lists[which];
          const deliveries = select.all(limit).map(readListed);
          return { deliveries, total: Number(count.get()?.['total']) };
        }),
      ),
    nextDueAt: (after = Number.MIN_SAFE_INTEGER) =>
      orUnavailable(
        database.read(() => {
          const dueAt = selectNext.get(after)?.['due_at'];
          return typeof dueAt === 'number' ? dueAt : undefined;
        }),
      ),
  };
}

const givenUpTable = `CREATE TABLE IF NOT EXISTS given_up_callbacks
  (swap_id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, at INTEGER NOT NULL, client TEXT NOT NULL, host TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS given_up_callbacks_by_time ON given_up_callbacks (at)`;

/** Removes deliveries that were given up long ago. Call in a transaction. @returns how many, at most `limit` */
export function removeOldGivenUp({ db }: Pick<SqliteDatabase, 'db'>, now: number, limit: number): number {
  db.exec(givenUpTable);
  const old = 'SELECT rowid FROM given_up_callbacks WHERE at < ? LIMIT ?';
  const removal = db.prepare(`DELETE FROM given_up_callbacks WHERE rowid IN (${old})`);
  return Number(removal.run(now - givenUpMs, limit).changes);
}

/** Adds columns that earlier versions lack, with defaults, so that those versions can still use the table. */
function createTable(db: SqliteDatabase['db']): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS callbacks (swap_id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL)',
  );
  const columns = db
    .prepare('PRAGMA table_info(callbacks)')
    .all()
    .map(({ name }) => name);
  for (const column of ['client', 'host'].filter((name) => !columns.includes(name)))
    db.exec(`ALTER TABLE callbacks ADD COLUMN ${column} TEXT NOT NULL DEFAULT ''`);
  db.exec(`
    ${givenUpTable};
    CREATE INDEX IF NOT EXISTS callbacks_by_due ON callbacks (due_at);
    CREATE INDEX IF NOT EXISTS callbacks_by_client ON callbacks (client, due_at);
  `);
}

const readListed = (row: Row): ListedDelivery => ({ ...readRow(row), at: Number(row['at']) });

function readRow({ swap_id, attempts, client, host }: Row): DueDelivery {
  return {
    ...readEntryName(String(swap_id)),
    attempts: Number(attempts),
    ...(client ? { client: String(client) } : {}),
    ...(host ? { host: String(host) } : {}),
  };
}

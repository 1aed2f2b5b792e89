import type { Clock } from '../../lib/clock.js';
import { orUnavailable } from '../../swap/errors.js';
import type { Claim, ClaimHolder, IndexRow, SwapClaims, SwapIndex } from '../../swap/ports.js';
import { parentOf } from '../../swap/principal.js';
import type { QueuedSwap } from '../../swap/swap.js';
import type { SqliteDatabase } from './database.js';
import { addOutcomes, prepareCandidates } from './swap-candidates.js';

/**
 * Claims and indexes in the embedded database. `createSqliteSwapStore` adds new swaps to them.
 * @param clock for skipping swaps that have expired and that the sweep has not removed yet
 */
export function createSqliteSwapIndex(
  database: SqliteDatabase,
  clock: Pick<Clock, 'now'> = { now: Date.now },
): SwapIndex {
  const { db } = database;
  createTables(database);
  const findHolder = prepareFindHolder(database);
  const assignClaim = db.prepare(`
    INSERT INTO claims (client, kind, value, swap_seq, fingerprint)
    SELECT :client, :kind, :value, seq, :fingerprint FROM swaps WHERE id = :id
    ON CONFLICT (client, kind, value) DO UPDATE SET swap_seq = excluded.swap_seq, fingerprint = excluded.fingerprint`);
  const setModelsLabId = db.prepare(
    'UPDATE swaps SET modelslab_id = :modelsLabId WHERE id = :id AND modelslab_id IS NULL',
  );
  const selectByModelsLabId = db.prepare(
    'SELECT id FROM swaps WHERE modelslab_id = ? ORDER BY seq DESC LIMIT 1',
  );
  const selectModelsLabId = db.prepare('SELECT modelslab_id FROM swaps WHERE id = ?');
  const setClosed = db.prepare(
    'UPDATE swaps SET expires_at = :expiresAt, outcome = :outcome WHERE id = :id AND expires_at IS NULL',
  );
  const selectPage = db.prepare(`
    SELECT id, seq FROM swaps
    WHERE client = :client AND seq < :before AND (expires_at IS NULL OR expires_at > :now)
    ORDER BY seq DESC LIMIT :first`);
  const selectAccountPage = db.prepare(`
    SELECT * FROM (
      SELECT id, seq FROM swaps
      WHERE client = :account AND seq < :before AND (expires_at IS NULL OR expires_at > :now) ORDER BY seq DESC LIMIT :first)
    UNION ALL
    SELECT * FROM (
      SELECT id, seq FROM swaps
      WHERE parent = :account AND seq < :before AND (expires_at IS NULL OR expires_at > :now) ORDER BY seq DESC LIMIT :first)
    ORDER BY seq DESC LIMIT :first`);
  const selectCandidates = prepareCandidates(database);
  const selectOpen = db.prepare('SELECT id, client FROM swaps WHERE expires_at IS NULL ORDER BY seq');

  const readRow = (row: Record<string, unknown>): IndexRow => ({
    id: String(row['id']),
    sequence: Number(row['seq']),
  });
  const textOrUndefined = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined;

  return {
    holder: (client, claim) => orUnavailable(database.read(() => findHolder(client, claim))),
    // Removed together with its swap, which expires later.
    assign: (client, { kind, value }, { swapId: id, fingerprint }) =>
      orUnavailable(database.write(() => void assignClaim.run({ client, kind, value, id, fingerprint }))),
    link: (id, modelsLabId) =>
      orUnavailable(database.write(() => void setModelsLabId.run({ id, modelsLabId }))),
    idByModelsLabId: (modelsLabId) =>
      orUnavailable(database.read(() => textOrUndefined(selectByModelsLabId.get(modelsLabId)?.['id']))),
    modelsLabIdOf: (id) =>
      orUnavailable(database.read(() => textOrUndefined(selectModelsLabId.get(id)?.['modelslab_id']))),
    markEnded: (id, expiresAt, outcome) =>
      orUnavailable(database.write(() => void setClosed.run({ id, expiresAt, outcome: outcome ?? null }))),
    page: (client, first, before = Number.MAX_SAFE_INTEGER) =>
      orUnavailable(
        database.read(() => selectPage.all({ client, first, before, now: clock.now() }).map(readRow)),
      ),
    accountPage: (account, first, before = Number.MAX_SAFE_INTEGER) =>
      orUnavailable(
        database.read(() => selectAccountPage.all({ account, first, before, now: clock.now() }).map(readRow)),
      ),
    candidates: (client, filter, first, before) =>
      orUnavailable(database.read(() => selectCandidates(client, filter, first, before, clock.now()))),
    open: () =>
      orUnavailable(
        database.read(() =>
          selectOpen.all().map((row) => ({ id: String(row['id']), client: String(row['client']) })),
        ),
      ),
  };
}

/**
 * @returns a function that adds a swap with its claims to the index, to be called in a transaction. It returns undefined, or the
 *   holder of `guard` if nothing was written.
 */
export function prepareSwapInsert(
  database: SqliteDatabase,
): (swap: QueuedSwap, claims: SwapClaims) => ClaimHolder | undefined {
  const { db } = database;
  createTables(database);
  const findHolder = prepareFindHolder(database);
  const insertSwap = db.prepare(
    'INSERT INTO swaps (id, client, parent, created_at) VALUES (:id, :client, :parent, :createdAt)',
  );
  const insertClaim = db.prepare(`
    INSERT INTO claims (client, kind, value, swap_seq, fingerprint)
    VALUES (:client, :kind, :value, :seq, :fingerprint)
    ON CONFLICT (client, kind, value) DO UPDATE SET swap_seq = excluded.swap_seq, fingerprint = excluded.fingerprint`);

  return ({ id, client, createdAt }, { fingerprint, guard, takes }) => {
    const holder = guard && findHolder(client, guard);
    if (holder && holder.swapId !== guard?.replaces) return holder;
    const { lastInsertRowid: seq } = insertSwap.run({
      id,
      client,
      parent: parentOf(client) ?? null,
      createdAt,
    });
    for (const claim of [guard, takes]) {
      if (claim) insertClaim.run({ client, kind: claim.kind, value: claim.value, seq, fingerprint });
    }
    return undefined;
  };
}

/**
 * @returns a function that removes the claims of a finished swap, except for its idempotency key, and its link to ModelsLab's id,
 *   and sets when its row is removed; to be called in a transaction
 */
export function prepareSwapErase({ db }: SqliteDatabase): (id: string, expiresAt: number) => void {
  const removeClaims = db.prepare(
    "DELETE FROM claims WHERE swap_seq = (SELECT seq FROM swaps WHERE id = :id) AND kind <> 'key'",
  );
  const strip = db.prepare('UPDATE swaps SET modelslab_id = NULL, expires_at = :expiresAt WHERE id = :id');
  return (id, expiresAt) => {
    removeClaims.run({ id });
    strip.run({ id, expiresAt });
  };
}

function prepareFindHolder({
  db,
}: SqliteDatabase): (client: string, claim: Claim) => ClaimHolder | undefined {
  const select = db.prepare(
    `SELECT id, fingerprint FROM claims JOIN swaps ON seq = swap_seq
     WHERE claims.client = :client AND kind = :kind AND value = :value`,
  );
  return (client, { kind, value }) => {
    const row = select.get({ client, kind, value });
    return row && { swapId: String(row['id']), fingerprint: String(row['fingerprint']) };
  };
}

/**
 * Removes up to `limit` expired finished swaps with their claims, oldest first. Call in a transaction.
 * @returns how many were removed; fewer than `limit` means that none are left
 */
export function removeExpiredSwaps({ db }: SqliteDatabase, now: number, limit: number): number {
  const remove = db.prepare(
    'DELETE FROM swaps WHERE seq IN (SELECT seq FROM swaps WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
  );
  return Number(remove.run(now, limit).changes);
}

/** Claims refer to `seq`, not to the random id, so that new rows are appended to `claims_by_swap` rather than scattered over it. */
function createTables(database: SqliteDatabase): void {
  const { db } = database;
  db.exec(`
    CREATE TABLE IF NOT EXISTS swaps (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      client TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      modelslab_id TEXT,
      expires_at INTEGER, -- NULL while the swap is open
      parent TEXT -- of the client, if that is a client token's
    );
    CREATE INDEX IF NOT EXISTS swaps_open ON swaps (seq) WHERE expires_at IS NULL;
    CREATE INDEX IF NOT EXISTS swaps_by_expiry ON swaps (expires_at) WHERE expires_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS swaps_by_client ON swaps (client, seq);
    CREATE INDEX IF NOT EXISTS swaps_by_modelslab_id ON swaps (modelslab_id) WHERE modelslab_id IS NOT NULL;

    CREATE TABLE IF NOT EXISTS claims (
      client TEXT NOT NULL,
      kind TEXT NOT NULL,
      value TEXT NOT NULL,
      swap_seq INTEGER NOT NULL REFERENCES swaps ON DELETE CASCADE,
      fingerprint TEXT NOT NULL,
      PRIMARY KEY (client, kind, value)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS claims_by_swap ON claims (swap_seq);
  `);
  const columns = db.prepare('PRAGMA table_info(swaps)').all();
  // Earlier versions lack the column.
  if (!columns.some(({ name }) => name === 'parent')) db.exec('ALTER TABLE swaps ADD COLUMN parent TEXT');
  db.exec('CREATE INDEX IF NOT EXISTS swaps_by_parent ON swaps (parent, seq) WHERE parent IS NOT NULL');
  addOutcomes(database);
}

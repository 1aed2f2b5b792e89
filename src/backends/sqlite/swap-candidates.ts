import type { IndexRow, ListPosition, SwapFilter } from '../../swap/ports.js';
import { endedStatuses } from '../../swap/swap.js';
import type { SqliteDatabase } from './database.js';

type Candidate = IndexRow & ListPosition;

/** One outcome at a time: with several, SQLite would read and sort all their swaps. */
export const candidatesQuery = `
  SELECT id, seq, created_at FROM swaps
  WHERE client = :client AND outcome IS :outcome
    AND created_at > :after AND (created_at, seq) < (:createdAt, :sequence)
    AND (expires_at IS NULL OR expires_at > :now)
  ORDER BY created_at DESC, seq DESC LIMIT :first`;

/** @returns a query for `SwapIndex.candidates`; `now` is in milliseconds since the epoch */
export function prepareCandidates({
  db,
}: SqliteDatabase): (
  client: string,
  filter: SwapFilter,
  first: number,
  before: ListPosition | undefined,
  now: number,
) => Candidate[] {
  const select = db.prepare(candidatesQuery);

  return (client, { statuses, createdAfter, createdBefore }, first, before, now) => {
    const outcomes = endedStatuses.filter((status) => !statuses || statuses.has(status));
    const after = createdAfter ?? Number.MIN_SAFE_INTEGER;
    const { createdAt, sequence } = earlier(
      { createdAt: createdBefore ?? Number.MAX_SAFE_INTEGER, sequence: 0 },
      before,
    );
    return [null, ...outcomes]
      .flatMap((outcome) => select.all({ client, outcome, after, createdAt, sequence, now, first }))
      .map((row) => ({
        id: String(row['id']),
        sequence: Number(row['seq']),
        createdAt: Number(row['created_at']),
      }))
      .sort((a, b) => b.createdAt - a.createdAt || b.sequence - a.sequence)
      .slice(0, first);
  };
}

function earlier(a: ListPosition, b: ListPosition | undefined): ListPosition {
  if (!b) return a;
  const difference = a.createdAt - b.createdAt || a.sequence - b.sequence;
  return difference < 0 ? a : b;
}

/**
 * Adds the column `outcome`, the status of a finished swap, and fills it for swaps that an earlier version finished. Such a version
 * may run again on the same file: it ignores the column, and the next start fills the rows that it left.
 */
export function addOutcomes({ db }: SqliteDatabase): void {
  const columns = db.prepare('PRAGMA table_info(swaps)').all();
  if (!columns.some(({ name }) => name === 'outcome')) db.exec('ALTER TABLE swaps ADD COLUMN outcome TEXT');
  db.exec(`
    CREATE INDEX IF NOT EXISTS swaps_by_outcome ON swaps (client, outcome, created_at, seq);
    CREATE INDEX IF NOT EXISTS swaps_without_outcome ON swaps (seq) WHERE outcome IS NULL AND expires_at IS NOT NULL;
  `);
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'ended'").get()) return;
  db.exec(`
    UPDATE swaps SET outcome = (
      SELECT json_extract(value, '$.value.status') FROM ended WHERE key = swaps.id AND json_valid(value)
    ) WHERE outcome IS NULL AND expires_at IS NOT NULL`);
}

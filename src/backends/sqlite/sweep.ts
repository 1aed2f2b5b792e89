import type { Clock } from '../../lib/clock.js';
import { repeat } from '../../lib/repeat.js';
import type { SwapLog } from '../../swap/ports.js';
import { removeExpiredConsents } from './consents.js';
import { pragma, type SqliteDatabase } from './database.js';
import { removeExpired } from './keyv-adapter.js';
import { removeOldGivenUp } from './outbox.js';
import { removeExpiredSwaps } from './swap-index.js';
import { removeOldUsage } from './usage.js';

export interface SweepOptions {
  database: SqliteDatabase;
  clock: Clock;
  log: SwapLog;
  /** Aborting stops the sweep after the current step. */
  signal: AbortSignal;
}

const intervalMs = 60_000;
/** Target for how long one step may block the event loop; the step size adapts to the duration of the previous one. */
const stepMs = 5;
/** Pause after each step, as a multiple of the step's duration. */
const restFactor = 2;
const minRestMs = 2;
/** Upper limit of the pause: a step may be slow only because the machine is busy. */
const maxRestMs = 50;
const firstStepSize = 32;
const minStepSize = 16;
const maxStepSize = 1000;
/** Free pages kept for new swaps, as a share of pages in use; the rest is released to the file system. */
const keptPart = 1 / 8;
const minFreeBytes = 1024 * 1024;
/** Rewriting this much content takes about a second. */
const maxConvertedBytes = 64 * 1024 * 1024;
/** The value of `PRAGMA auto_vacuum` that allows shrinking in steps. */
const incremental = 2;

/**
 * Removes expired data, now and once a minute, and releases the space to the file system. Works in small steps with pauses,
 * so no request waits long however much has expired at once.
 */
export async function sweepExpired({ database, clock, log, signal }: SweepOptions): Promise<void> {
  const removals: ((now: number, size: number) => number)[] = [
    (now, size) => removeExpired(database, { namespace: 'pending' }, now, size),
    (now, size) => removeExpired(database, { namespace: 'ended' }, now, size),
    (now, size) => removeExpired(database, { namespace: 'erasures' }, now, size),
    (now, size) => removeExpiredSwaps(database, now, size),
    (now, size) => removeOldUsage(database, now, size),
    (now, size) => removeOldGivenUp(database, now, size),
    (now, size) => removeExpiredConsents(database, now, size),
  ];

  /** Repeats a step until it finds less than its limit. @returns the total removed */
  async function repeatStep(step: (size: number) => number): Promise<number> {
    let size = firstStepSize;
    let total = 0;
    while (!signal.aborted) {
      const { result: done, tookMs } = database.maintain(() => step(size));
      total += done;
      if (done < size) break;
      size = nextSize(size, tookMs);
      await clock.sleep(Math.min(Math.max(tookMs * restFactor, minRestMs), maxRestMs), signal);
    }
    return total;
  }

  const { done } = repeat(
    async () => {
      const now = clock.now();
      let removed = 0;
      for (const remove of removals) removed += await repeatStep((size) => remove(now, size));
      await shrink(database, repeatStep, log);
      // The log still has the pages as they were.
      if (removed > 0 && !signal.aborted) database.truncateLog();
      return intervalMs;
    },
    {
      clock,
      signal,
      retryMs: intervalMs,
      onError: (error) => log.error({ err: error }, 'failed to remove expired swaps'),
    },
  );
  await done;
}

/** Halves the step size after a slow step, and grows it by half after a fast one. */
function nextSize(size: number, tookMs: number): number {
  const wanted = tookMs > stepMs ? size / 2 : tookMs < stepMs / 2 ? size * 1.5 : size;
  return Math.round(Math.min(Math.max(wanted, minStepSize), maxStepSize));
}

async function shrink(
  { db, truncateLog }: SqliteDatabase,
  repeatStep: (step: (size: number) => number) => Promise<number>,
  log: SwapLog,
): Promise<void> {
  if (pragma(db, 'auto_vacuum') !== incremental) return;
  const pageSize = pragma(db, 'page_size');
  const pagesBefore = pragma(db, 'page_count');
  const free = pragma(db, 'freelist_count');
  const kept = Math.max(Math.floor((pagesBefore - free) * keptPart), minFreeBytes / pageSize);
  if (free <= kept * 2) return;
  const freed = await repeatStep((size) => {
    const before = pragma(db, 'freelist_count');
    const pages = Math.min(size, before - kept);
    if (pages <= 0) return 0;
    db.exec(`PRAGMA incremental_vacuum(${pages})`);
    return before - pragma(db, 'freelist_count');
  });
  if (freed === 0) return;
  // Only a checkpoint truncates the file.
  truncateLog();
  log.info(
    { fromBytes: pagesBefore * pageSize, toBytes: pragma(db, 'page_count') * pageSize },
    'released the space of expired swaps to the file system',
  );
}

/**
 * Converts a file from an earlier version so that it can shrink, if rewriting its content takes at most about a second. A larger
 * file stays as it is until a later start finds less content in it; its free pages are reused.
 */
export function prepareShrinking({ db, path }: SqliteDatabase, log: SwapLog): void {
  if (pragma(db, 'auto_vacuum') === incremental) return;
  const usedPages = pragma(db, 'page_count') - pragma(db, 'freelist_count');
  const usedBytes = usedPages * pragma(db, 'page_size');
  if (usedBytes > maxConvertedBytes) {
    log.warn(
      { path, usedBytes },
      'the database file does not shrink when swaps expire: an earlier version created it, and it is too large to be rewritten ' +
        'at start; see "Size of the database" in docs/operations/backups.md',
    );
    return;
  }
  try {
    db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    log.warn({ path, err: error }, 'failed to rewrite the database file, so it does not shrink');
  }
}

import type { Clock, SwapLog } from '../swap/ports.js';
import { pragma, type SqliteDatabase } from './sqlite-database.js';
import { removeExpired } from './sqlite-keyv-adapter.js';
import { removeExpiredSwaps } from './sqlite-ledger.js';

export interface SweepOptions {
  database: SqliteDatabase;
  clock: Clock;
  log: SwapLog;
  /** When it aborts, the sweep stops after the step it is at. */
  signal: AbortSignal;
}

const intervalMs = 60_000;
/** What one step may hold the event loop for. Its size follows from how long the one before took. */
const stepMs = 5;
/** After each step requests have the event loop for so many times as long as the step took. */
const restFactor = 2;
const minRestMs = 2;
/** A step that took long because the machine is busy says nothing about the rest that others need. */
const maxRestMs = 50;
const firstStepSize = 32;
const minStepSize = 16;
const maxStepSize = 1000;
/** Free pages are kept for the next swaps up to this part of those in use; the rest goes back to the file system. */
const keptPart = 1 / 8;
const minFreeBytes = 1024 * 1024;
/** Rewriting the file takes about a second for so much content. */
const maxConvertedBytes = 64 * 1024 * 1024;
/** `PRAGMA auto_vacuum` of a file that can be made smaller step by step. */
const incremental = 2;

/**
 * Removes what has expired, now and once a minute, and gives the space back to the file system. Goes in small steps
 * with pauses in between, so that no request waits for long however much has expired at once.
 */
export async function sweepExpired({ database, clock, log, signal }: SweepOptions): Promise<void> {
  const removals: ((now: number, size: number) => number)[] = [
    (now, size) => removeExpired(database, { namespace: 'pending' }, now, size),
    (now, size) => removeExpired(database, { namespace: 'ended' }, now, size),
    (now, size) => removeExpiredSwaps(database, now, size),
  ];

  /** Repeats a step until it finds less than it may take. @returns how much there was */
  async function repeat(step: (size: number) => number): Promise<number> {
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

  while (!signal.aborted) {
    try {
      const now = clock.now();
      for (const remove of removals) await repeat((size) => remove(now, size));
      await shrink(database, repeat, log);
    } catch (error) {
      log.error({ err: error }, 'failed to remove expired swaps');
    }
    await clock.sleep(intervalMs, signal);
  }
}

/** Halves a step that took too long, and lets one that was quick grow by a half. */
function nextSize(size: number, tookMs: number): number {
  const wanted = tookMs > stepMs ? size / 2 : tookMs < stepMs / 2 ? size * 1.5 : size;
  return Math.round(Math.min(Math.max(wanted, minStepSize), maxStepSize));
}

async function shrink(
  { db }: SqliteDatabase,
  repeat: (step: (size: number) => number) => Promise<number>,
  log: SwapLog,
): Promise<void> {
  if (pragma(db, 'auto_vacuum') !== incremental) return;
  const pageSize = pragma(db, 'page_size');
  const pagesBefore = pragma(db, 'page_count');
  const free = pragma(db, 'freelist_count');
  const kept = Math.max(Math.floor((pagesBefore - free) * keptPart), minFreeBytes / pageSize);
  if (free <= kept * 2) return;
  const freed = await repeat((size) => {
    const before = pragma(db, 'freelist_count');
    const pages = Math.min(size, before - kept);
    if (pages <= 0) return 0;
    db.exec(`PRAGMA incremental_vacuum(${pages})`);
    return before - pragma(db, 'freelist_count');
  });
  if (freed === 0) return;
  // Only a checkpoint takes the pages off the file.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  log.info(
    { fromBytes: pagesBefore * pageSize, toBytes: pragma(db, 'page_count') * pageSize },
    'released the space of expired swaps to the file system',
  );
}

/**
 * Lets a file of an earlier version of the gateway shrink from now on, if that takes no longer than a second: its content
 * has to be written anew. A larger one is left as it is, until a start finds less in it; its free pages are used again.
 */
export function prepareShrinking({ db, path }: SqliteDatabase, log: SwapLog): void {
  if (pragma(db, 'auto_vacuum') === incremental) return;
  const usedPages = pragma(db, 'page_count') - pragma(db, 'freelist_count');
  const usedBytes = usedPages * pragma(db, 'page_size');
  if (usedBytes > maxConvertedBytes) {
    log.warn(
      { path, usedBytes },
      'the database file does not shrink when swaps expire: an earlier version created it, and it is too large to be rewritten ' +
        'at start; see "Size of the database" in docs/operations.md',
    );
    return;
  }
  try {
    db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    log.warn({ path, err: error }, 'failed to rewrite the database file, so it does not shrink');
  }
}

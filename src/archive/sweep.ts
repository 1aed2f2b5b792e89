import type { Clock } from '../lib/clock.js';
import { repeat } from '../lib/repeat.js';
import { type ArchiveStore, namedResultOf, type StoredFile } from '../swap/archive.js';
import { readArchiveKey } from '../swap/files.js';
import { fileClaim, fileClient } from '../swap/lifecycle/result-files.js';
import type { SwapIndex, SwapLog, SwapStore } from '../swap/ports.js';
import { isUnreadable } from '../swap/record.js';
import { isEnded } from '../swap/swap.js';
import type { ArchiveBudget } from './budget.js';

interface SweepDeps {
  store: Pick<SwapStore, 'get'>;
  swapIndex: Pick<SwapIndex, 'holder'>;
  archive: ArchiveStore;
  budget: ArchiveBudget;
  clock: Clock;
  log: SwapLog;
  signal: AbortSignal;
  intervalMs: number;
  /** Called before each sweep. */
  prepare(): Promise<void>;
}

export interface ArchiveSweep {
  /** Resolves once the first sweep has ended. */
  measured: Promise<void>;
  /** Resolves once the signal has aborted and the last sweep has ended. */
  done: Promise<void>;
}

const retryMs = 5000;
/** Lookups at a time. */
const batchSize = 64;

/**
 * Removes the files of swaps that no longer exist, and measures what the archive holds, now and at intervals. A file belongs to a
 * swap from before it is stored, since its token is registered when the result arrives; so an unknown token is an orphan however
 * young its file is. Safe to run on all instances at once.
 */
export function sweepArchive(deps: SweepDeps): ArchiveSweep {
  const { store, swapIndex, archive, budget, clock, log, signal, intervalMs, prepare } = deps;
  let isMeasured = (): void => undefined;
  const measured = new Promise<void>((resolve) => {
    isMeasured = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let isFailing = false;

  /** @throws UNAVAILABLE: an unreachable store never makes a file an orphan */
  async function isOrphan({ key }: StoredFile): Promise<boolean> {
    const token = readArchiveKey(key)?.token;
    // Not one of ours.
    if (token === undefined) return false;
    const holder = await swapIndex.holder(fileClient, fileClaim(token));
    if (!holder) return true;
    try {
      const swap = await store.get(holder.swapId);
      return !swap || (isEnded(swap) && namedResultOf(swap)?.files.token !== token);
    } catch (error) {
      if (isUnreadable(error)) return false;
      throw error;
    }
  }

  async function sweep(): Promise<void> {
    await prepare();
    const finish = budget.measure();
    let bytes = 0;
    let removed = 0;
    const check = async (file: StoredFile): Promise<void> => {
      if (await isOrphan(file)) {
        await archive.delete(file.key);
        removed += 1;
      } else {
        bytes += file.bytes;
      }
    };
    let batch: StoredFile[] = [];
    for await (const file of archive.list()) {
      if (signal.aborted) return;
      batch.push(file);
      if (batch.length < batchSize) continue;
      await Promise.all(batch.map(check));
      batch = [];
    }
    await Promise.all(batch.map(check));
    finish(bytes);
    if (removed > 0) log.info({ files: removed }, 'removed archived files of swaps that no longer exist');
  }

  const { done } = repeat(
    async () => {
      await sweep();
      isFailing = false;
      isMeasured();
      return intervalMs;
    },
    {
      clock,
      signal,
      retryMs,
      onError(error) {
        if (!isFailing) log.error({ err: error }, 'cannot sweep the archive; retrying');
        isFailing = true;
      },
    },
  );
  return { measured, done };
}

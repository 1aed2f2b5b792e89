import type { Clock } from '../lib/clock.js';
import type { SwapArchive } from '../swap/files.js';
import type { ArchiveSchedule } from '../swap/late-poll-schedule.js';
import type { SwapLog, SwapStore } from '../swap/ports.js';
import type { EndedSwap } from '../swap/swap.js';

/** Records what became of copies. Gathers writes for a moment: a transaction costs more than what is in it. */
export interface Recorder {
  /** Resolves once it is stored. @returns as `SwapStore.saveArchive` does. @throws UNAVAILABLE */
  record(swap: EndedSwap, archive: SwapArchive): Promise<Recorded>;
  /** Removes the entry of a recorded swap within a second. An entry that is left behind is due again, and then removed. */
  remove(swapId: string): void;
  /** Writes what is gathered. */
  close(): Promise<void>;
}

type Recorded = Awaited<ReturnType<SwapStore['saveArchive']>>;

const gatherMs = 50;
const removeAfterMs = 1000;

interface PendingRecord {
  swap: EndedSwap;
  archive: SwapArchive;
  settle(outcome: Promise<Recorded>): void;
}

export function createRecorder({
  store,
  jobs,
  clock,
  log,
}: {
  store: Pick<SwapStore, 'saveArchive'>;
  jobs: Pick<ArchiveSchedule, 'remove'>;
  clock: Pick<Clock, 'sleep'>;
  log: Pick<SwapLog, 'info'>;
}): Recorder {
  let records: PendingRecord[] = [];
  let removals: string[] = [];
  const closing = new AbortController();
  const flushes = new Set<Promise<void>>();

  async function flush(): Promise<void> {
    const removed = removals.map((swapId) => jobs.remove(swapId));
    const saved = records.map(async ({ swap, archive, settle }) => {
      const outcome = store.saveArchive(swap, archive);
      settle(outcome);
      const { first } = await outcome;
      if (first && archive.state === 'STORED')
        log.info({ swap: swap.id, files: archive.files.length }, 'archived the result of a swap');
    });
    [records, removals] = [[], []];
    await Promise.allSettled([...removed, ...saved]);
  }

  function flushAfter(ms: number): void {
    const done = clock.sleep(ms, closing.signal).then(flush);
    flushes.add(done);
    void done.finally(() => flushes.delete(done));
  }

  return {
    record(swap, archive) {
      if (records.length === 0) flushAfter(gatherMs);
      return new Promise((resolve) => records.push({ swap, archive, settle: resolve }));
    },
    remove(swapId) {
      if (removals.length === 0) flushAfter(removeAfterMs);
      removals.push(swapId);
    },
    async close() {
      closing.abort();
      while (flushes.size > 0) await Promise.all(flushes);
    },
  };
}

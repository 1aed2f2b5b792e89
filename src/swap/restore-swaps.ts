import type { Clock, SwapLedger, SwapLog, SwapPolicy, SwapQueue, SwapStore } from './ports.js';
import { isEnded } from './swap.js';
import type { SwapJournal } from './swap-journal.js';

export interface RestoreDeps {
  store: SwapStore;
  ledger: SwapLedger;
  queue: SwapQueue;
  journal: SwapJournal;
  clock: Clock;
  policy: Pick<SwapPolicy, 'queueDeadlineMs'>;
  log: SwapLog;
}

/**
 * Takes up every open swap that is in no queue, which is all those of an earlier process where the queue is in memory: what
 * may be at ModelsLab gets a slot first, the rest waits in the order of acceptance. Safe to repeat.
 */
export async function restoreSwaps({
  store,
  ledger,
  queue,
  journal,
  clock,
  policy,
  log,
}: RestoreDeps): Promise<void> {
  const open = await ledger.open();
  const missing = new Set(await queue.missing(open.map(({ id }) => id)));
  for (const { id, client } of open) {
    if (!missing.has(id)) continue;
    const swap = await store.get(id);
    if (!swap) {
      await ledger.close(id, clock.now());
    } else if (isEnded(swap)) {
      await journal.settle(swap);
    } else {
      const mayBeSubmitted = swap.status === 'PROCESSING' || swap.submittingSince !== undefined;
      await queue.restore({ id, client, expiresAt: swap.createdAt + policy.queueDeadlineMs }, mayBeSubmitted);
    }
  }
  if (missing.size > 0) log.info({ swaps: missing.size }, 'took up the swaps of an earlier process');
}

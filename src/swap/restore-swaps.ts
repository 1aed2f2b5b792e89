import type { Clock, SwapLedger, SwapLog, SwapPolicy, SwapQueue, SwapStore } from './ports.js';
import { isEnded, type PendingSwap } from './swap.js';
import type { SwapJournal } from './swap-journal.js';

export interface RestoreDeps {
  store: SwapStore;
  ledger: SwapLedger;
  queue: SwapQueue;
  journal: SwapJournal;
  clock: Clock;
  policy: Pick<SwapPolicy, 'queueDeadlineMs' | 'unknownSlotMs'>;
  log: SwapLog;
}

/**
 * Takes up every open swap that is in no queue, which is all those of an earlier process where the queue is in memory: what
 * may be at ModelsLab gets a slot first, or none if that has been unknown for long; the rest waits in the order of acceptance. Safe to repeat.
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
      const since = unresolvedSince(swap);
      const needsSlot =
        since === undefined
          ? !(swap.status === 'QUEUED' && swap.recovered)
          : clock.now() - since < policy.unknownSlotMs;
      const expiresAt = swap.createdAt + policy.queueDeadlineMs;
      await queue.restore({ id, client, expiresAt }, mayBeSubmitted, needsSlot);
    }
  }
  if (missing.size > 0) log.info({ swaps: missing.size }, 'took up the swaps of an earlier process');
}

/** Since when nobody knows whether ModelsLab has the swap; undefined if it does, or certainly does not. */
function unresolvedSince(swap: PendingSwap): number | undefined {
  if (swap.status === 'QUEUED') return swap.submittingSince;
  return swap.modelsLabId === undefined ? swap.submittedAt : undefined;
}

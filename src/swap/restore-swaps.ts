import type { Clock, SwapLedger, SwapLog, SwapPolicy, SwapQueue, SwapStore } from './ports.js';
import { isEnded } from './swap.js';
import type { SwapJournal } from './swap-journal.js';

interface RestoreDeps {
  store: SwapStore;
  ledger: SwapLedger;
  queue: SwapQueue;
  journal: SwapJournal;
  clock: Clock;
  policy: Pick<SwapPolicy, 'queueDeadlineMs'>;
  log: SwapLog;
}

/**
 * Takes up every open swap of an earlier process: what may be at ModelsLab gets a slot first, the rest waits in the order
 * of acceptance. To be done before the queue is started.
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
  for (const { id, client } of open) {
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
  if (open.length > 0) log.info({ swaps: open.length }, 'took up the swaps of an earlier process');
}

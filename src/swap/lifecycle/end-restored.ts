import { submissionUnknown } from '../failures.js';
import type { SwapIndex } from '../ports.js';
import { isUnreadable } from '../record.js';
import { isEnded, type PendingSwap, type Swap, type SwapTransition } from '../swap.js';
import type { RestoreDeps } from './restore.js';

export interface RestoredDeps extends Omit<RestoreDeps, 'policy'> {
  policy: { resultTtlMs: number };
  /** Swaps accepted before this are ended, milliseconds since the epoch. */
  before: number;
}

/**
 * Ends every swap that was open in a backup from which the store was restored. Each may have been submitted since, and paid for, so
 * none is submitted: it fails with SUBMISSION_UNKNOWN, and its result is still accepted, from a webhook or, if ModelsLab's id is known,
 * from polls. A swap that completes with an earlier result needs no submission, and succeeds. Idempotent.
 *
 * Call it before anything takes swaps from the queue.
 * @throws UNAVAILABLE when the store fails
 */
export async function endRestoredSwaps(deps: RestoredDeps): Promise<void> {
  const { store, swapIndex, queue, transitions, clock, policy, log, before } = deps;
  let ended = 0;
  let unreadable = 0;
  for (const { id } of await swapIndex.open()) {
    let swap: Swap | undefined;
    try {
      swap = await store.get(id);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      // A gateway that could read it would resume it.
      await swapIndex.markEnded(id, clock.now() + policy.resultTtlMs);
      unreadable += 1;
      continue;
    }
    if (!swap) await swapIndex.markEnded(id, clock.now());
    else if (isEnded(swap)) await transitions.finish(swap);
    else if (swap.createdAt < before) {
      await queue.withdraw(id);
      await transitions.applyTransition(swap, await endOf(swap, swapIndex));
      ended += 1;
    }
  }
  log.warn(
    { swaps: ended, unreadable },
    'the store was restored from a backup: what was open in it is not submitted again; remove RESTORED=on before the next start',
  );
}

async function endOf(swap: PendingSwap, swapIndex: SwapIndex): Promise<SwapTransition> {
  if (swap.status === 'QUEUED' && swap.recovered) return { type: 'succeeded', result: swap.recovered.result };
  const modelsLabId = swap.modelsLabId ?? (await swapIndex.modelsLabIdOf(swap.id));
  return {
    type: 'failed',
    error: submissionUnknown,
    inferred: true,
    ...(modelsLabId !== undefined && { modelsLabId }),
  };
}

import type { Clock } from '../../lib/clock.js';
import type { SwapIndex, SwapLog, SwapPolicy, SwapQueue, SwapStore } from '../ports.js';
import { isUnreadable } from '../record.js';
import { isEnded, type PendingSwap, type Swap } from '../swap.js';
import type { Transitions } from './transitions.js';

export interface RestoreDeps {
  store: SwapStore;
  swapIndex: SwapIndex;
  queue: SwapQueue;
  transitions: Transitions;
  clock: Clock;
  policy: Pick<SwapPolicy, 'queueDeadlineMs' | 'unknownSlotMs'>;
  log: SwapLog;
}

/**
 * Restores every open swap that is in no queue; with an in-memory queue, these are all swaps of the previous process. A swap that
 * may be at ModelsLab gets a slot first, or none if it has been unresolved for too long; the rest wait in the order of acceptance.
 * Idempotent.
 */
export async function restoreSwaps({
  store,
  swapIndex,
  queue,
  transitions,
  clock,
  policy,
  log,
}: RestoreDeps): Promise<void> {
  const open = await swapIndex.open();
  let unreadable = 0;
  const missing = new Set(await queue.missing(open.map(({ id }) => id)));
  for (const { id } of open) {
    if (!missing.has(id)) continue;
    let swap: Swap | undefined;
    try {
      swap = await store.get(id);
    } catch (error) {
      // One unreadable record must not block the others. It stays open for a gateway that can read it.
      if (!isUnreadable(error)) throw error;
      unreadable += 1;
      continue;
    }
    if (!swap) {
      await swapIndex.markEnded(id, clock.now());
    } else if (isEnded(swap)) {
      await transitions.finish(swap);
    } else {
      await putBack(swap, { queue, clock, policy });
    }
  }
  const swaps = missing.size - unreadable;
  if (swaps > 0) log.info({ swaps }, 'resumed the open swaps of an earlier process');
  if (unreadable > 0)
    log.error({ swaps: unreadable }, 'skipped open swaps whose records this gateway cannot read');
}

/**
 * Adds an open swap to the queue. One that may be at ModelsLab is only followed, never submitted; no effect on one that is in the
 * queue.
 *
 * @returns `follow` for a swap that may be at ModelsLab
 */
export async function putBack(
  swap: PendingSwap,
  { queue, clock, policy }: Pick<RestoreDeps, 'queue' | 'clock' | 'policy'>,
): Promise<'wait' | 'follow'> {
  const { id, client, createdAt } = swap;
  const mayBeSubmitted = swap.status === 'PROCESSING' || swap.submittingSince !== undefined;
  const since = unresolvedSince(swap);
  const needsSlot =
    since === undefined
      ? !(swap.status === 'QUEUED' && swap.recovered)
      : clock.now() - since < policy.unknownSlotMs;
  const expiresAt = createdAt + policy.queueDeadlineMs;
  await queue.restore({ id, client, expiresAt }, mayBeSubmitted, needsSlot);
  return mayBeSubmitted ? 'follow' : 'wait';
}

/** Since when it has been unknown whether ModelsLab has the swap; undefined if that is known. */
function unresolvedSince(swap: PendingSwap): number | undefined {
  if (swap.status === 'QUEUED') return swap.submittingSince;
  return swap.modelsLabId === undefined ? swap.submittedAt : undefined;
}

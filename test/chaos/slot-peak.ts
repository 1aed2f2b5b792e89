import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';

/**
 * The maximum number of submissions that counted against the account's limit at a time: each from its acceptance until
 * it or its swap finished, but at most `unknownSlotMs` while the gateway did not know its outcome.
 *
 * @param isAgeUnknown such a submission does not count while its outcome is unknown: it may release its slot at any
 *   time
 */
export function slotPeak(
  submissions: readonly AcceptedSubmission[],
  swaps: ReadonlyMap<string, FinalSwap | null>,
  unknownSlotMs: number,
  isAgeUnknown: (acceptedAt: number) => boolean = () => false,
): number {
  const steps = submissions.flatMap((row) => {
    const swap = swaps.get(swapIdOf(row.webhook));
    const endedAt = swap?.completedAt ? Date.parse(swap.completedAt) : Number.POSITIVE_INFINITY;
    const finishedAt = row.finishedAt ?? Number.POSITIVE_INFINITY;
    const wasUnknown = row.answer !== 'sent' || !swap?.modelsLabId;
    const heldMs = isAgeUnknown(row.acceptedAt) ? 0 : unknownSlotMs;
    const releasedAt = wasUnknown ? row.acceptedAt + heldMs : Number.POSITIVE_INFINITY;
    const until = Math.min(endedAt, finishedAt, releasedAt);
    return until > row.acceptedAt
      ? [
          { at: row.acceptedAt, change: 1 },
          { at: until, change: -1 },
        ]
      : [];
  });
  // Within a millisecond, ends come first: the actual order is unknown.
  steps.sort((a, b) => a.at - b.at || a.change - b.change);
  let count = 0;
  let peak = 0;
  for (const { change } of steps) {
    count += change;
    peak = Math.max(peak, count);
  }
  return peak;
}

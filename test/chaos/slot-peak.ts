import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';

/**
 * The most submissions that counted against the account's limit at one time: each from its acceptance until it was
 * finished or its swap had ended, but one whose outcome the gateway did not know for `unknownSlotMs` at most.
 *
 * @param isAgeUnknown such a submission does not count while its outcome is unknown: it may give up its slot at any time
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
  // Of one millisecond the ends come first: which of the two was earlier cannot be told.
  steps.sort((a, b) => a.at - b.at || a.change - b.change);
  let count = 0;
  let peak = 0;
  for (const { change } of steps) {
    count += change;
    peak = Math.max(peak, count);
  }
  return peak;
}

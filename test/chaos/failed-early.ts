import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';
import { isAgeUnknown, type TimeTroubles } from './time-troubles.ts';

export interface GivenUpLimits {
  deadlineMs: number;
  markMs: number;
  timeTroubles: TimeTroubles;
  deathTimes: readonly number[];
}

const inferredCodes = ['TIMED_OUT', 'SUBMISSION_UNKNOWN'];

/**
 * Breaches of "no swap whose picture was made failed before its deadline, or for another reason than a missing
 * response".
 *
 * @param deadlineMs from the submission
 * @param markMs how much earlier than the sandbox the gateway may count the submission, milliseconds
 * @param timeTroubles a submission whose age the gateway could not know may fail early
 */
export function failedEarly(
  submissions: readonly AcceptedSubmission[],
  swaps: ReadonlyMap<string, FinalSwap | null>,
  { deadlineMs, markMs, timeTroubles, deathTimes }: GivenUpLimits,
): string[] {
  return submissions.flatMap(({ webhook, outcome, acceptedAt }) => {
    const swap = swaps.get(swapIdOf(webhook));
    if (swap?.status !== 'FAILED' || outcome !== 'success') return [];
    const code = swap.error?.code ?? '';
    if (!inferredCodes.includes(code)) return [`${swap.id} failed: ${code}`];
    if (isAgeUnknown(acceptedAt, timeTroubles, deathTimes)) return [];
    const livedMs = Date.parse(swap.completedAt ?? '') - acceptedAt;
    return livedMs < deadlineMs - markMs
      ? [`${swap.id} failed ${livedMs} ms after its submission: ${code}`]
      : [];
  });
}

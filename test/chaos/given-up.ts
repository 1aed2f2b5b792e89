import type { AcceptedSubmission } from '../../src/sandbox/sandbox-jobs.ts';
import { type FinalSwap, swapIdOf } from './final-swap.ts';

const inferredCodes = ['TIMED_OUT', 'SUBMISSION_UNKNOWN'];

/**
 * Breaches of "a swap whose picture was made is given up only for the time or for want of an answer, and not before its
 * deadline".
 *
 * @param deadlineMs from the submission
 * @param markMs how much earlier than the sandbox the gateway may count the submission, milliseconds
 */
export function givenUpEarly(
  submissions: readonly AcceptedSubmission[],
  swaps: ReadonlyMap<string, FinalSwap | null>,
  { deadlineMs, markMs }: { deadlineMs: number; markMs: number },
): string[] {
  return submissions.flatMap(({ webhook, outcome, acceptedAt }) => {
    const swap = swaps.get(swapIdOf(webhook));
    if (swap?.status !== 'FAILED' || outcome !== 'success') return [];
    const code = swap.error?.code ?? '';
    if (!inferredCodes.includes(code)) return [`${swap.id} failed: ${code}`];
    const livedMs = Date.parse(swap.completedAt ?? '') - acceptedAt;
    return livedMs < deadlineMs - markMs
      ? [`${swap.id} failed ${livedMs} ms after its submission: ${code}`]
      : [];
  });
}

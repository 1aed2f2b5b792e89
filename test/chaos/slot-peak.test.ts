import { expect, it } from 'vitest';
import type { AcceptedSubmission } from '../../sandbox/sandbox-jobs.ts';
import {
  failedSwap,
  finalSwap,
  otherSwapId,
  startedAt,
  submission,
  swapId,
} from '../../testing/chaos-history.ts';
import type { FinalSwap } from './final-swap.ts';
import { slotPeak } from './slot-peak.ts';

const unknownSlotMs = 1_500;

/** A long submission, and one that starts `laterMs` after it. */
function peak(
  first: Partial<AcceptedSubmission>,
  laterMs: number,
  swap: FinalSwap = finalSwap({ completedAt: null }),
): number {
  const acceptedAt = startedAt + laterMs;
  const rows = [
    submission({ finishedAt: null, ...first }),
    submission({ acceptedAt, finishedAt: acceptedAt + 100 }, otherSwapId),
  ];
  return slotPeak(rows, new Map([[swapId, swap]]), unknownSlotMs);
}

it('counts submissions from their acceptance until they are finished', () => {
  expect(peak({ finishedAt: startedAt + 100 }, 50)).toBe(2);
  expect(peak({ finishedAt: startedAt + 100 }, 100)).toBe(1);
  expect(peak({}, 60_000)).toBe(2);
});

it.each([
  ['answer', { answer: 'resetAfter' } as const, finalSwap({ completedAt: null })],
  ['id', {}, finalSwap({ completedAt: null, modelsLabId: null })],
])('counts one without %s only for a short time', (_what, first, swap) => {
  expect(peak(first, 1_400, swap)).toBe(2);
  expect(peak(first, 1_600, swap)).toBe(1);
});

it('does not count one whose swap has failed', () => {
  expect(peak({}, 9_000, failedSwap('TIMED_OUT'))).toBe(2);
  expect(peak({}, 11_000, failedSwap('TIMED_OUT'))).toBe(1);
});

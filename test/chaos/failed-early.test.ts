import { expect, it } from 'vitest';
import { failedSwap, finalSwap, startedAt, submission, swapId } from '../../testing/chaos-history.ts';
import { failedEarly } from './failed-early.ts';
import type { FinalSwap } from './final-swap.ts';
import { noTimeTroubles } from './time-troubles.ts';

const limits = { deadlineMs: 3_000, markMs: 700, timeTroubles: noTimeTroubles, deathTimes: [] };
const breaches = (swap: FinalSwap, change = {}) =>
  failedEarly([submission(change)], new Map([[swapId, swap]]), limits);
const after = (ms: number) => ({ completedAt: new Date(startedAt + ms).toISOString() });

it.each([
  ['a swap that succeeded', finalSwap(), {}],
  ['one that timed out after its deadline', failedSwap('TIMED_OUT', after(3_010)), {}],
  ['one whose submission was marked a little earlier', failedSwap('SUBMISSION_UNKNOWN', after(2_400)), {}],
  ['one whose generation failed', failedSwap('NO_FACE_FOUND', after(100)), { outcome: 'failed' }],
])('accepts %s', (_what, swap, change) => {
  expect(breaches(swap, change)).toEqual([]);
});

it("finds a swap that failed with another swap's message", () => {
  expect(breaches(failedSwap('NO_FACE_FOUND', after(9_000)))).toEqual([
    expect.stringMatching(/failed: NO_FACE_FOUND/),
  ]);
});

it.each(['TIMED_OUT', 'SUBMISSION_UNKNOWN'])('finds a swap that failed early as %s', (code) => {
  expect(breaches(failedSwap(code, after(1_200)))).toEqual([
    expect.stringMatching(/failed 1200 ms after its submission/),
  ]);
});

it('accepts one that was submitted after the process had been stopped', () => {
  const stops = [{ from: startedAt - 4_000, until: startedAt - 10 }];
  const swaps = new Map([[swapId, failedSwap('TIMED_OUT', after(100))]]);
  const timeTroubles = { clockSteps: [], stops };
  expect(failedEarly([submission()], swaps, { ...limits, timeTroubles })).toEqual([]);
});

import { expect, it } from 'vitest';
import { correctTime, isAgeUnknown, readableAt } from './time-troubles.ts';

const stops = [{ from: 10_000, until: 14_000 }];

it('data that arrives during a stop is readable when the stop is over', () => {
  expect(readableAt(9_999, stops)).toBe(9_999);
  expect(readableAt(11_000, stops)).toBe(14_000);
  expect(readableAt(14_001, stops)).toBe(14_001);
});

it.each([
  ['before a stop', 9_000, false],
  ['during a stop', 12_000, true],
  ['just after a stop', 14_500, true],
  ['long after a stop', 15_500, false],
])('judges the age of a submission that was accepted %s', (_when, acceptedAt, isUnknown) => {
  expect(isAgeUnknown(acceptedAt, { clockSteps: [], stops }, [])).toBe(isUnknown);
});

it.each<[string, number[], number[], boolean]>([
  ['a process whose clock was right', [], [20_000], false],
  ['a process whose clock was ahead', [15_000], [20_000], true],
  ['a process whose clock was right again', [15_000, 16_000, 17_000], [20_000], false],
  ['a process before the one with the wrong clock', [15_000], [14_000], false],
  ['the process after the one with the wrong clock', [5_000], [20_000, 6_000], false],
  ['nobody', [15_000], [], false],
])('decides whether ages are known after a kill of %s', (_whom, clockSteps, deaths, isUnknown) => {
  expect(isAgeUnknown(10_000, { clockSteps, stops: [] }, deaths)).toBe(isUnknown);
});

it.each([-1, 0, 1])('corrects a clock that is wrong by %i times eleven minutes', (times) => {
  const at = Date.parse('2026-01-01T12:00:00.123Z');
  const shown = new Date(at + times * 11 * 60_000).toISOString();
  const run = { from: at - 1_000, until: at + 20_000 };
  expect(correctTime(shown, run)).toBe('2026-01-01T12:00:00.123Z');
});

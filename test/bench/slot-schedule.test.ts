import { expect, it } from 'vitest';
import { oracleMs } from '../../bench/measure/slot-schedule.ts';

it('takes as long as the longest swap if there is a slot for each', () => {
  expect(oracleMs([2, 6, 3], 5)).toBe(6);
});

it('starts the next swap in whichever slot is free first, in the given order', () => {
  expect(oracleMs([4, 1, 1, 1], 2)).toBe(4);
  expect(oracleMs([1, 1, 4], 2)).toBe(5);
});

it('takes the sum in a single slot', () => {
  expect(oracleMs([2, 3, 4], 1)).toBe(9);
});

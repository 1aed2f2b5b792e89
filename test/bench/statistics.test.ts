import { expect, test } from 'vitest';
import { show, showRounds } from '../../bench/measure/format.js';
import { percentile, summarize } from '../../bench/measure/statistics.js';

test('the median of an even number of rounds lies between the middle two', () => {
  expect(summarize([4, 1, 10, 2])).toEqual({ median: 3, min: 1, max: 10 });
});

test('percentiles are by nearest rank', () => {
  const values = Array.from({ length: 201 }, (_, index) => 201 - index);
  expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([101, 199, 201]);
  expect(percentile([7], 0.99)).toBe(7);
});

test('no values are an error', () => {
  expect(() => summarize([])).toThrow('nothing was measured');
  expect(() => percentile([], 0.5)).toThrow('nothing was measured');
});

test('figures are rounded', () => {
  expect([0, 0.456, 12.34, 123.4, 31_234.5, Number.NaN].map(show)).toEqual([
    '0',
    '0.46',
    '12.3',
    '123',
    '31,235',
    '–',
  ]);
  expect(showRounds([1, 3, 2])).toBe('2.00 (1.00–3.00)');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exceedsNesting, maxJsonNesting, nestingDepth, parseCutJson } from '../../src/lib/json-nesting.js';

const arrays = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const objects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('the depth of a JSON text', () => {
  test('ignores brackets in strings', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a') }), (text) => {
        expect(nestingDepth(text)).toBe(depthOf(JSON.parse(text)));
      }),
      { seed: 12, numRuns: 2000 },
    );
  });

  test.each([arrays, objects])('is within the limit at 64 levels and beyond it at 65', (nested) => {
    expect(exceedsNesting(nested(maxJsonNesting))).toBe(false);
    expect(exceedsNesting(nested(maxJsonNesting + 1))).toBe(true);
  });

  test('is computed without recursion for a megabyte', () => {
    expect(nestingDepth(arrays(500_000))).toBe(500_000);
  });
});

describe('JSON with a value that is nested too deeply', () => {
  test('is parsed, with the beginning of that value as text', () => {
    const read = parseCutJson(`{"status":"error","message":${arrays(5000)},"id":7}`) as { message: unknown };
    expect(read).toMatchObject({ status: 'error', id: 7 });
    expect(depthOf(read)).toBe(maxJsonNesting);
    expect(JSON.stringify(read.message).length).toBeLessThan(2000);
  });

  test('is unchanged if nothing is too deep', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseCutJson(text)).toEqual(JSON.parse(text));
      }),
      { seed: 12, numRuns: 500 },
    );
  });

  test('never has more levels than the limit', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 1, max: 4 }), (text, limit) => {
        expect(depthOf(parseCutJson(text, limit))).toBeLessThanOrEqual(limit);
      }),
      { seed: 12, numRuns: 500 },
    );
  });

  test.each(['{"a":[[[[', '[[[[1]]]', '[[[["]]]]'])('is still rejected if it is not JSON: %s', (text) => {
    expect(() => parseCutJson(text, 2)).toThrow(SyntaxError);
  });
});

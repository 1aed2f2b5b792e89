import { expect, test } from 'vitest';
import { luaFile } from '../../bench/load/lua-file.js';
import { readOptions } from '../../bench/options.js';
import { renderReport } from '../../bench/report/render.js';
import type { Target } from '../../bench/scenario.js';

const target = (what: string, measured: number, limit: number, better: Target['better']): Target => ({
  what,
  measured,
  limit,
  better,
  unit: 'ms',
});

test('the report says whether each target was met, and if not by how much', () => {
  const report = renderReport(
    ['one machine'],
    [
      {
        scenario: 'reads',
        isQuick: false,
        finishedAt: '2026-01-31T12:00:00.000Z',
        seconds: 61.4,
        commit: 'abc1234',
        tables: [
          { title: 'Reads', columns: ['server', 'ratio'], rows: [['one', '1.00']], note: 'All of them.' },
        ],
        targets: [
          target('fast', 2, 1.5, 'less'),
          target('at the limit', 1.5, 1.5, 'less'),
          target('much', 0.4, 0.5, 'more'),
          target('more', 0.5, 0.5, 'more'),
          target('not measured', Number.NaN, 0.5, 'less'),
        ],
      },
    ],
    'Something to know.\n',
  );
  expect(report).toContain('\nSomething to know.\n');
  expect(report).toContain('| fast | ≤ 1.5 ms | 2.00 ms | missed by 33 % |');
  expect(report).toContain('| at the limit | ≤ 1.5 ms | 1.50 ms | met |');
  expect(report).toContain('| much | ≥ 0.5 ms | 0.40 ms | missed by 20 % |');
  expect(report).toContain('| more | ≥ 0.5 ms | 0.50 ms | met |');
  expect(report).toContain('| not measured | ≤ 0.5 ms | – ms | not measured |');
  expect(report).toContain('## Reads\n\nAll of them.\n\n| server | ratio |\n| --- | --- |\n| one | 1.00 |\n');
  expect(report).toContain('`npm run bench -- reads`, 2026-01-31 12:00 UTC, 61 s, commit abc1234.');
});

test('scenarios run in a fixed order, and unknown ones are rejected', () => {
  expect(readOptions(['growth', '--quick', 'reads'])).toEqual({
    isQuick: true,
    scenarios: ['reads', 'growth'],
  });
  expect(readOptions([]).scenarios).toContain('profiles');
  expect(readOptions(['report'])).toEqual({ isQuick: false, scenarios: [] });
  expect(() => readOptions(['raeds'])).toThrow('raeds: unknown');
});

test('text reaches wrk unchanged', () => {
  expect(luaFile({ parts: ['\n{"a":"\\n"}', ']]'], from: 3 })).toBe(
    'return {parts={[====[\n\n{"a":"\\n"}]====],\n[====[\n]]]====]},from=3}\n',
  );
  expect(() => luaFile(['a]====]b'])).toThrow('cannot be handed');
});

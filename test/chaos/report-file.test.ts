import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readChaosOptions } from './chaos-options.ts';
import { writeReport } from './report-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'chaos-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('replaces one part of the report and keeps the others', () => {
  const file = join(folder, 'reliability.md');
  const embedded = readChaosOptions(['--seed', '7', '--seeds', '2']);
  const redis = readChaosOptions(['--seed', '8', '--engine', 'redis']);
  const read = (): string => readFileSync(file, 'utf8');

  writeReport(file, embedded, 1, 'first embedded table');
  writeReport(file, redis, 1, 'first Redis table');
  writeFileSync(file, `${read()}\n## Broken on purpose\n\nwritten by hand\n`);
  writeReport(file, embedded, 1, 'second embedded table');
  writeReport(file, redis, 1, 'second Redis table');

  expect(read()).not.toMatch(/first/);
  expect(read()).toMatch(
    /^# Reliability[\s\S]*second embedded table\n\n## Several[\s\S]*second Redis table\n\n## Broken/,
  );
  expect(read()).toMatch(/## Broken on purpose\n\nwritten by hand\n$/);
  expect(read()).toContain('npm run chaos -- --seed 7 --seeds 2 --swaps 400');
});

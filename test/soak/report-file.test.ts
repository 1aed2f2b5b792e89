import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { writeSoakReport } from './report-file.js';

const embedded = { minutes: 20, rate: 20, engine: 'embedded', instances: 1 } as const;
const onRedis = { minutes: 2, rate: 5, engine: 'redis', instances: 3 } as const;

test("each run replaces its engine's section, and keeps everything else", () => {
  const file = join(temporaryFolder(), 'reliability.md');
  writeFileSync(file, '# Reliability\n\nThe seeds held.\n\n## Broken on purpose\n\nBy hand.\n');
  writeSoakReport(file, embedded, 'first table');
  writeSoakReport(file, onRedis, 'table of Redis');
  writeSoakReport(file, embedded, 'second table');
  const text = readFileSync(file, 'utf8');
  expect(text.match(/^#+ .*$/gm)).toEqual([
    '# Reliability',
    '## Broken on purpose',
    '## Under load for a long time, embedded',
    '## Under load for a long time, on Redis',
  ]);
  expect(text).not.toContain('first table');
  expect(text).toContain('second table\n\n## Under');
  expect(text).toMatch(/By hand\.\n\n## Under/);
  expect(text).toMatch(/table of Redis\n$/);
  expect(text).toContain('npm run soak -- --minutes 2 --engine redis --instances 3 --rate 5');
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { summarizeProfile } from '../../bench/measure/cpu-profile.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const root = '/project';
const node = (id: number, functionName: string, path?: string) => ({
  id,
  callFrame: { functionName, url: path ? pathToFileURL(join(root, path)).href : '', lineNumber: 9 },
});
/** Samples at 100, 110, …, 150 µs. */
const profile = {
  nodes: [
    node(1, '(idle)'),
    node(2, 'read', 'dist/src/backends/sqlite/database.js'),
    node(3, 'visit', 'node_modules/graphql/language/visitor.js'),
    node(4, '(garbage collector)'),
  ],
  startTime: 90,
  samples: [3, 2, 2, 3, 1, 4],
  timeDeltas: [10, 10, 10, 10, 10, 10],
};
const microseconds = (from: number, to: number) => ({ from: BigInt(from) * 1000n, to: BigInt(to) * 1000n });

function folderWith(...profiles: object[]): string {
  const folder = temporaryFolder();
  for (const [index, content] of profiles.entries())
    writeFileSync(join(folder, `${index}.cpuprofile`), JSON.stringify(content));
  return folder;
}

test('a profile is summarized within the windows, without idle time', () => {
  const windows = [microseconds(105, 125), microseconds(135, 145)];
  const { frames, packages } = summarizeProfile(
    folderWith(profile),
    [...windows, microseconds(148, 160)],
    root,
  );
  expect(frames).toEqual([
    { name: 'read · dist/src/backends/sqlite/database.js:10', share: 2 / 3 },
    { name: '(garbage collector)', share: 1 / 3 },
  ]);
  expect(packages.map(({ name }) => name)).toEqual(['dist/src/backends/sqlite', 'garbage collection']);
  const all = summarizeProfile(folderWith(profile), [microseconds(0, 1000)], root);
  expect(all.frames.map(({ name }) => name)).toContain('visit · graphql/language/visitor.js:10');
  expect(all.packages.map(({ name }) => name)).toContain('graphql');
});

test('a window without samples, and two profiles, are errors', () => {
  expect(() => summarizeProfile(folderWith(profile), [microseconds(500, 600)], root)).toThrow('no samples');
  expect(() => summarizeProfile(folderWith(profile, profile), [microseconds(0, 600)], root)).toThrow(
    'exactly one',
  );
  expect(() => summarizeProfile(folderWith(), [microseconds(0, 600)], root)).toThrow('exactly one');
});

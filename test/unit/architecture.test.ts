import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = globSync('src/**/*.ts', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

/** Which folders of `src/` the files of a folder may import, beside their own. `.` is `src/` itself: the composition. */
const allowed: Record<string, string[]> = {
  '.': [
    'callbacks',
    'events',
    'fast-path',
    'graphql',
    'lib',
    'modelslab',
    'pictures',
    'queue',
    'redis',
    'sandbox',
    'store',
    'swap',
    'telemetry',
    'transport',
    'uploads',
  ],
  transport: ['graphql', 'lib', 'sandbox', 'swap', 'uploads', '.'],
  // Nobody but the composition knows it, so it can be deleted.
  'fast-path': ['graphql', 'swap', 'transport'],
  uploads: ['pictures', 'swap'],
  pictures: ['.'],
  graphql: ['lib', 'swap', '.'],
  modelslab: ['lib', 'swap', 'telemetry'],
  store: ['redis', 'swap'],
  queue: ['redis', 'swap'],
  events: ['redis', 'swap'],
  redis: ['swap'],
  callbacks: ['lib', 'swap'],
  sandbox: ['pictures'],
  telemetry: [],
  lib: [],
  swap: [],
};
/** What lies in `src/` itself and may be used from the folders: types and facts, nothing that composes. */
const sharedFiles = [
  'src/config.ts',
  'src/access-config.ts',
  'src/gateway-status.ts',
  'src/project-files.ts',
];

const folderOf = (path: string): string => {
  const [, folder, ...rest] = path.split('/');
  return rest.length === 0 || folder === undefined ? '.' : folder;
};

const imports = files.flatMap(({ path, text }) =>
  [...text.matchAll(/(?:from|import\()\s*'(\.{1,2}\/[^']+)\.js'/g)].map(([, target]) => ({
    path,
    target: `${normalize(join(dirname(path), target ?? ''))}.ts`,
  })),
);

describe('imports go one way', () => {
  test.each(imports.filter(({ path, target }) => folderOf(path) !== folderOf(target)))(
    '$path may import $target',
    ({ path, target }) => {
      expect(allowed[folderOf(path)]).toContain(folderOf(target));
      if (folderOf(path) !== '.' && folderOf(target) === '.') expect(sharedFiles).toContain(target);
    },
  );

  test('swap/ knows no library but zod', () => {
    const outside = files
      .filter(({ path }) => folderOf(path) === 'swap')
      .flatMap(({ text }) => [...text.matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => name))
      .filter((name) => name !== 'zod' && !name?.startsWith('node:'));
    expect(outside).toEqual([]);
  });

  test('only the entry points touch the process', () => {
    const entryPoints = ['src/main.ts', 'src/sandbox/main.ts', 'src/sandbox/sandbox-arguments.ts'];
    const users = files.filter(
      ({ path, text }) => !entryPoints.includes(path) && /\bprocess\.(env|exit|on|argv)\b/.test(text),
    );
    expect(users.map(({ path }) => path)).toEqual([]);
  });
});

describe('files stay small', () => {
  const lengths = files.map(({ path, text }) => ({ path, lines: text.split('\n').length }));

  test('none has more than 300 lines', () => {
    expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  test('half of them have at most 80', () => {
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(80);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contextFilter, listContext } from '../../scripts/docker-context.js';
import { readProjectFile } from '../../testing/project-files.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const root = join(import.meta.dirname, '../..');
const ignoreFile = readProjectFile('.dockerignore');
const context = listContext(root);

test('the image is built from what the program consists of, and from nothing else', () => {
  const others = context.filter((path) => !/^(packages|samples|sandbox|schema|src|web)\//.test(path));
  expect(others).toEqual([
    '.npmrc',
    'LICENSE',
    'NOTICE',
    // The Studio links to it.
    'docs/clients.md',
    'package-lock.json',
    'package.json',
    'scripts/build.ts',
    'tsconfig.json',
  ]);
  const endings = new Set(context.map((path) => /[^/]*\.(\w+)$/.exec(path)?.[1]));
  expect([...endings].sort()).toEqual(
    [
      ...['css', 'graphql', 'html', 'jpg', 'json', 'lua', 'md', 'npmrc', 'svg', 'ts', 'tsx', 'webp'],
      undefined,
    ].sort(),
  );
  expect(context.filter((path) => path.endsWith('.json'))).toEqual([
    'package-lock.json',
    'package.json',
    'packages/client/package.json',
    'packages/react/package.json',
    'tsconfig.json',
    'web/tsconfig.json',
  ]);
  expect(context.filter((path) => /(^|\/)(dist|node_modules|\..*)\//.test(path))).toEqual([]);
});

test('everything that the program consists of is part of it', () => {
  expect(context).toEqual(
    expect.arrayContaining([
      'packages/client/generated/graphql.ts',
      'samples/pictures/ada.jpg',
      'samples/pictures/ada.svg',
      'samples/pictures/ada.webp',
      'sandbox/main.ts',
      'schema/operations/SwapResult.graphql',
      'schema/schema.graphql',
      'src/backends/redis/scripts/queue/heartbeat.lua',
      'src/main.ts',
      'web/index.html',
      'web/prerender.ts',
      'web/src/mark.svg',
      'web/src/styles/index.css',
      'web/vite.config.ts',
    ]),
  );
});

const strangers = [
  ...[
    '.env',
    '.env.example',
    '.env.production',
    '.git/config',
    '.npmrc.bak',
    '.ssh/id_ed25519',
    '.aws/credentials',
  ],
  ...[
    'data/gateway.sqlite',
    'data/webhook-secret',
    'backup.tar.gz',
    'clients.json',
    'keys.json',
    'id_rsa',
    'server.pem',
  ],
  ...[
    'node_modules/sharp/index.js',
    'dist/src/main.js',
    'docs/operations.md',
    'deploy/kubernetes/secret.yaml',
  ],
  ...[
    'test/deploy/compose.test.ts',
    'testing/pictures.ts',
    'bench/main.ts',
    'scripts/make-key.ts',
    'notes.ts',
  ],
  ...[
    'src/.env',
    'src/app/.env.local',
    'src/app/.secret.ts',
    'src/config/server.pem',
    'src/key',
    'src/clients.json',
  ],
  ...[
    'src/backends/sqlite/gateway.sqlite',
    'src/backends/redis/dump.rdb',
    'src/uploads/face.jpg',
    'sandbox/face.png',
  ],
  ...[
    'samples/pictures/face.png',
    'samples/pictures/private/face.jpg',
    'schema/keys.graphql.json',
    'schema/private.graphql',
  ],
  ...[
    'packages/client/.npmrc',
    'packages/client/dist/index.js',
    'packages/client/dist/index.d.ts',
    'packages/client/tsconfig.json',
  ],
  ...['packages/client/node_modules/x/index.ts', 'packages/client/generated/persisted-documents.json'],
  ...[
    'web/.env',
    'web/.env.local',
    'web/src/.env',
    'web/dist/index.html',
    'web/src/face.png',
    'web/src/secrets.json',
  ],
];

test('no key, database, picture or environment that lies in the folder gets into the context', () => {
  const folder = temporaryFolder();
  for (const path of [...strangers, 'src/main.ts', 'package.json']) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  writeFileSync(join(folder, '.dockerignore'), ignoreFile);
  expect(listContext(folder)).toEqual(['package.json', 'src/main.ts']);
});

describe('patterns are read as Docker reads them', () => {
  test.each<[string, string, boolean]>([
    ['', 'a', true],
    ['*', '.env', false],
    ['**', 'a/b/.env', false],
    ['*', 'a/b', false],
    ['a', 'a/b/c', false],
    ['a', 'b/a', true],
    ['**/a', 'b/a/c', false],
    ['**/a', 'a', false],
    ['a/*', 'a/b/c', false],
    ['*/a', 'b/c/a', true],
    ['*.md', 'b/c.md', true],
    ['a?c', 'abc', false],
    ['a?c', 'a/c', true],
    ['a.c', 'abc', true],
    ['**\n!a/**/*.ts', 'a/b.ts', true],
    ['**\n!a/**/*.ts', 'a/b/c.ts', true],
    ['**\n!a/**/*.ts', 'a/b/c.ts.bak', false],
    ['**\n!a\na/b', 'a/b/c', false],
    ['# a\n\n', 'a', true],
    ['/a/', 'a/b', false],
  ])('%j for %s', (patterns, path, isIncluded) => {
    expect(contextFilter(patterns)(path)).toBe(isIncluded);
  });
});

import { expect, test } from 'vitest';
import { lockfileProblems, readLockfileProblems } from '../../scripts/lockfile-problems.js';

const registry = 'https://registry.example.com';
const sound = { version: '1.0.0', resolved: `${registry}/a/-/a-1.0.0.tgz`, integrity: 'sha512-x' };
const packages = { '': {}, 'node_modules/a': sound, 'node_modules/b': sound, 'node_modules/c': sound };

test.each(['../../', '../../bench/'])(
  'the dependencies of %s are exact, hashed, from one registry, and without known vulnerabilities',
  (folder) => {
    expect(readLockfileProblems(new URL(folder, import.meta.url))).toEqual([]);
  },
);

test.each([
  ['a range', { dependencies: { a: '^1.0.0' } }, {}],
  ['a tag', { devDependencies: { a: 'latest' } }, {}],
  ['a range in a workspace', {}, { 'packages/a': { dependencies: { a: '~1.0.0' } } }],
  ['a missing hash', {}, { 'node_modules/d': { ...sound, integrity: undefined } }],
  ['a weak hash', {}, { 'node_modules/d': { ...sound, integrity: 'sha1-x' } }],
  ['another registry', {}, { 'node_modules/d': { ...sound, resolved: 'https://evil.example.com/d.tgz' } }],
  ['a repository', {}, { 'node_modules/d': { ...sound, resolved: 'git+ssh://git@example.com/d.git' } }],
  ['a file', {}, { 'node_modules/d': { ...sound, resolved: 'file:../d' } }],
  [
    'a version with known vulnerabilities',
    {},
    { 'node_modules/a/node_modules/graphql': { ...sound, version: '16.14.9' } },
  ],
  ['a prerelease of the floor', {}, { 'node_modules/ws': { ...sound, version: '8.23.0-beta.1' } }],
])('%s is found', (_what, manifest, more) => {
  expect(lockfileProblems(manifest, { ...packages, ...more })).toHaveLength(1);
});

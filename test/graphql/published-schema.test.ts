import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BreakingChange,
  buildSchema,
  DangerousChangeType,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
} from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/graphql/schema/schema.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const published = read('schema/published.graphql');
const schema = await createSchema();

/** Changes that would break a client of the published schema: also another default, which changes what a client asked for. */
function changesFrom(old: string, current: GraphQLSchema): string[] {
  const before = buildSchema(old);
  const changes: Pick<BreakingChange, 'description'>[] = [
    ...findBreakingChanges(before, current),
    ...findDangerousChanges(before, current).filter(
      ({ type }) => type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
    ),
  ];
  return changes.map(({ description }) => description);
}

test('nothing that the latest release published was removed or changed', () => {
  expect(changesFrom(published, schema)).toEqual([]);
});

test('schema/published.graphql is that of the version in package.json: see "Releases" in CONTRIBUTING.md', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(published.split('\n')[0]).toContain(`version ${version}, `);
});

test.each([
  ['a removed field', 'queuePosition: Int', 'queuePosition: Int\n  mood: String'],
  ['a field that became nullable', 'queuePosition: Int', 'queuePosition: Int!'],
  ['a removed argument', 'samples: [Sample!]!', 'samples(first: Int): [Sample!]!'],
  ['another type', 'generationTime: Float', 'generationTime: Int'],
  ['another default', 'first: Int = 20', 'first: Int = 10'],
  ['a removed enum value', '  NEVER\n', '  NEVER\n  SOMETIMES\n'],
])('finds %s', (_what, from, to) => {
  expect(published.replaceAll(from, to)).not.toBe(published);
  expect(changesFrom(published.replaceAll(from, to), schema)).not.toEqual([]);
});

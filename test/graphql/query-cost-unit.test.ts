import * as fc from 'fast-check';
import { buildSchema, getOperationAST, type OperationDefinitionNode, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { compileCost } from '../../src/graphql/execution/query-cost.js';
import { cpuTimeOf } from '../../testing/cpu-time.js';

const schema = buildSchema(`
  type Query { swap(id: ID!): Swap swaps(first: Int = 20, after: String): Page! nodes(ids: [ID!]!): [Node]! plain: [Swap!]! }
  interface Node { id: ID! }
  type Swap implements Node { id: ID! status: String meta: Meta output: [String!]! }
  type Meta { a: Int b: Int }
  type Page { nodes: [Swap!]! edges: [Edge!]! info: Info! }
  type Edge { cursor: String! node: Swap! }
  type Info { more: Boolean! }
`);

function costOf(text: string, variables?: Record<string, unknown>): number {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return compileCost(schema, document, getOperationAST(document) as OperationDefinitionNode)(variables);
}

test.each([
  ['{ swap(id: "1") { id status } }', 3],
  ['{ swap(id: "1") { id meta { a b } output __typename } }', 7],
  ['{ swaps(first: 100) { nodes { id } } }', 102],
  ['{ swaps(first: 100) { nodes { id status } edges { cursor node { id } } info { more } } }', 505],
  ['{ swaps { nodes { id } } }', 22],
  ['{ swaps(first: null) { nodes { id } } }', 22],
  ['{ swaps(first: 0) { nodes { id } } }', 2],
  ['{ swaps(first: 2000000000) { nodes { id } } }', 2_000_000_002],
  ['{ nodes(ids: ["1", "2", "3"]) { id ... on Swap { status } } }', 7],
  ['{ nodes(ids: "1") { id } }', 2],
  ['{ plain { id } }', 2],
  ['{ a: swaps(first: 10) { nodes { id } } b: swaps(first: 10) { nodes { id } } }', 24],
  ['{ swaps(first: 10) { nodes { id @skip(if: true) ... @include(if: false) { status } } } }', 22],
  [
    '{ swaps(first: 10) { ...P } } fragment P on Page { nodes { ...S } ...Q } fragment Q on Page { edges { node { ...S } } } fragment S on Swap { id meta { a } }',
    73,
  ],
  ['{ __typename __schema { types { name } } __type(name: "Swap") { name } }', 1],
])('%s costs %i', (text, cost) => {
  expect(costOf(text)).toBe(cost);
});

test.each([
  [{ n: 50 }, 52],
  [{ n: 0 }, 2],
  [{}, 9],
  [undefined, 9],
  [{ n: undefined }, 9],
  [{ n: null }, 22],
  [{ n: -5 }, 22],
  [{ n: 1.5 }, 22],
  [{ n: '100' }, 22],
  [{ n: Number.POSITIVE_INFINITY }, 22],
  [{ n: 2_147_483_647 }, 2_147_483_649],
  [{ m: 50 }, 9],
])('the page size in a variable counts: %j', (variables, cost) => {
  expect(costOf('query ($n: Int = 7) { swaps(first: $n) { nodes { id } } }', variables)).toBe(cost);
});

test("a page size variable without a value or default uses the schema's default", () => {
  expect(costOf('query ($n: Int) { swaps(first: $n) { nodes { id } } }', {})).toBe(22);
});

test('inherited properties of variables are ignored', () => {
  const text =
    'query ($constructor: Int, $__proto__: Int) { a: swaps(first: $constructor) { nodes { id } } b: swaps(first: $__proto__) { nodes { id } } }';
  expect(costOf(text, {})).toBe(44);
  expect(costOf(text, JSON.parse('{"__proto__": 100}') as Record<string, unknown>)).toBe(124);
});

test('ids in a variable count one each', () => {
  const text = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
  expect(costOf(text, { ids: ['1', '2', '3', '4'] })).toBe(5);
  expect(costOf(text, { ids: '1' })).toBe(2);
});

test('a fragment with a page size of its own counts each time it is spread', () => {
  const text =
    'query ($n: Int) { ...A ...A } fragment A on Query { swaps(first: $n) { nodes { id status } } }';
  expect(costOf(text, { n: 100 })).toBe(404);
});

test('fragments that double twenty times are counted in linear time', async () => {
  const fragments = Array.from(
    { length: 20 },
    (_, n) => `fragment F${n} on Page { ...F${n + 1} ...F${n + 1} }`,
  );
  const text = `query ($n: Int) { swaps(first: $n) { ...F0 } } ${fragments.join(' ')} fragment F20 on Page { nodes { id } }`;
  const count = () => expect(costOf(text, { n: 100 })).toBe(1 + 2 ** 20 * 101);
  expect(await cpuTimeOf(count)).toBeLessThan(1000);
});

test('no operation is cheaper than the fields of its result', () => {
  const size = fc.integer({ min: 0, max: 5 });
  const fields = fc.subarray(['id', 'status', 'meta { a b }', 'x: id'], { minLength: 1 });
  fc.assert(
    fc.property(size, size, fields, fields, (first, second, nodes, edges) => {
      const text = `query ($n: Int) { a: swaps(first: $n) { nodes { ${nodes.join(' ')} } } b: swaps(first: ${second}) { edges { node { ${edges.join(' ')} } } } }`;
      const fieldsOf = (list: string[]): number =>
        list.reduce((sum, name) => sum + (name.startsWith('meta') ? 3 : 1), 0);
      expect(costOf(text, { n: first })).toBeGreaterThanOrEqual(
        first * fieldsOf(nodes) + second * fieldsOf(edges),
      );
    }),
  );
});

import { buildSchema, execute, parse, validate } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { describe, expect, test } from 'vitest';
import { isCompilable } from '../../src/fast-path/compilable.js';
import { createSchema } from '../../src/graphql/schema/schema.js';

const schema = buildSchema(`
  type Query { swap(id: ID, in: In, list: [ID!]): Swap }
  input In { a: ID, b: ID! = "b" }
  type Swap { id: ID status: String args: String owner: Owner }
  type Owner { id: ID name: String }
`);
const swap = schema.getQueryType()?.getFields()['swap'];
if (!swap) throw new Error('no such field');
let isOwned = false;
swap.resolve = (_root, args, { own }) => ({
  id: '1',
  status: 'QUEUED',
  args: JSON.stringify(args),
  owner: { id: '2', name: 'ada' },
  own,
});
const contextValue = {
  own() {
    isOwned = true;
  },
};

type Variables = Record<string, unknown>;

const different: [string, string, Variables][] = [
  [
    'a fragment that is skipped once and spread again',
    'query ($s: Boolean!) { swap { ...F @skip(if: $s) ...F } } fragment F on Swap { id }',
    { s: true },
  ],
  ['a nullable condition', 'query ($v: Boolean = true) { swap { id @include(if: $v) } }', { v: null }],
  [
    'merged fields with inline fragments under conditions',
    'query ($a: Boolean!, $b: Boolean!) { swap @include(if: $a) { ... { id } } swap @include(if: $b) { status } }',
    { a: false, b: true },
  ],
  [
    'a fragment that is skipped in one place and not in another',
    'query ($s: Boolean!) { swap { a: owner { ...O @skip(if: $s) } b: owner { ...O } } } fragment O on Owner { name }',
    { s: true },
  ],
  [
    'the order of fields of which the first is skipped',
    'query ($s: Boolean!) { swap { id @skip(if: $s) status id } }',
    { s: true },
  ],
  ['a variable that is left out, within an object', 'query ($a: ID) { swap(in: {a: $a}) { args } }', {}],
  [
    'a variable that is null, within a list',
    'query ($a: ID = "x") { swap(list: [$a]) { args } }',
    { a: null },
  ],
  ['an alias that changes the prototype', '{ swap { __proto__: id status } }', {}],
  [
    'a variable that changes the prototype',
    'query ($__proto__: ID) { swap(id: $__proto__) { args } }',
    JSON.parse('{"__proto__": "x"}'),
  ],
  [
    'a string that stands for a number in the code that graphql-jit generates',
    '{ swap(id: "__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8") { args } }',
    {},
  ],
];

describe('documents that graphql-jit executes differently from graphql-js are not compiled', () => {
  test.each(different)('%s', (_what, text, variables) => {
    const document = parse(text);
    expect(validate(schema, document)).toEqual([]);
    expect(isCompilable(document)).toBe(false);
    // The reason; when it is gone, the rule may be, too.
    const right = execute({ schema, document, contextValue, variableValues: variables });
    const compiled = compileQuery(schema, parse(text), undefined);
    const other = isCompiledQuery(compiled) ? compiled.query(undefined, contextValue, variables) : compiled;
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(right));
  });

  test('a string literal that graphql-jit would run as code', () => {
    const text =
      '{ swap(id: "__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d0)+(__context.context.own())+(0") { id } }';
    expect(validate(schema, parse(text))).toEqual([]);
    const compiled = compileQuery(schema, parse(text), undefined);
    if (isCompiledQuery(compiled)) compiled.query(undefined, contextValue, {});
    expect(isOwned).toBe(true);
    for (const unsafe of [
      text,
      text.replaceAll('"', '"""'),
      'query ($id: ID = "x") { swap(id: $id) { id } }',
      '{ swap(list: ["x"]) { id } }',
      '{ swap(in: {a: "x"}) { id } }',
    ])
      expect(isCompilable(parse(unsafe)), unsafe).toBe(false);
  });
});

describe('the operations that clients send are compiled', () => {
  test.each([
    'query ($id: ID!) { swapResult(id: $id) { __typename id status error { code } } }',
    'query ($id: ID!) { swapResult(id: $id) { ...F ...F } } fragment F on Swap { id meta { seed } }',
    'query ($first: Int = 10, $after: String) { swaps(first: $first, after: $after) { nodes { id } } }',
    'query { swaps(first: 3, after: null) { edges { node { ... on Swap { id } } } } }',
    'subscription ($id: ID!) { swapUpdated(id: $id) { status output } }',
  ])('%s', async (text) => {
    expect(validate(await createSchema(), parse(text))).toEqual([]);
    expect(isCompilable(parse(text))).toBe(true);
  });

  test('but not introspection', () => {
    expect(isCompilable(parse('{ __schema { queryType { name } } }'))).toBe(false);
  });
});

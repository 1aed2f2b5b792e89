import * as fc from 'fast-check';
import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { kindOfOperation } from '../../src/graphql/execution/operation-kind.js';

test.each([
  ['{ a }', 'query'],
  ['query { a }', 'query'],
  ['query mutation { a }', 'query'],
  ['{ mutation }', 'query'],
  ['{ mutation: a }', 'query'],
  ['{ a(text: "mutation { b }") }', 'query'],
  ['{ a(text: """\nmutation { b }\n""") }', 'query'],
  ['# mutation\n{ a }', 'query'],
  ['#mutation { a }\r\nquery { a } # mutation', 'query'],
  ['query ($a: I = { mutation: 1 }) @b(c: { d: [1] }) { a }', 'query'],
  ['fragment mutation on Q { a } query { ...mutation }', 'query'],
  ['fragment F on Q { a { b } mutation { c } } query { ...F }', 'query'],
  ['fragment F on Q @a(b: { c: {} }) { a { b } query } mutation { ...F }', 'mutation'],
  ['subscription { a }', 'subscription'],
  ['mutation { a }', 'mutation'],
  ['mutation{a}', 'mutation'],
  ['\uFEFF  ,,, mutation { a }', 'mutation'],
  ['# query\n# { a }\n\n mutation M { a }', 'mutation'],
  ['fragment F on Swap { id query } mutation { a { ...F } }', 'mutation'],
  ['fragment F on Swap { id a(x: "}") b(x: {y: "{"}) } # }\n mutation { a { ...F } }', 'mutation'],
  ['mutation ($a: I = { b: { c: [{}] } }) { a }', 'mutation'],
  ['', undefined],
  ['query', 'query'],
  ['fragment F on Q { a', undefined],
  ['"unfinished', undefined],
  ['mutatio { a }', undefined],
  ['constructor { a }', undefined],
  [`{ ${'a '.repeat(2000)} }`, 'query'],
  [`fragment F on Q { ${'a '.repeat(2000)} } mutation { a }`, undefined],
])('%j is a %s', (text, kind) => {
  expect(kindOfOperation(text)).toBe(kind);
});

test.each([
  ['A', 'query'],
  ['B', 'mutation'],
  ['C', undefined],
])('of several operations, the one named %s counts', (name, kind) => {
  const text = 'query A { a } fragment B on Q { a } mutation B { a }';
  expect(kindOfOperation(text, name)).toBe(kind ?? 'query');
});

test('it agrees with the parser, whatever surrounds the operation', () => {
  const noise = fc.constantFrom(' ', '\n', ',', '# mutation {\n', '# query\n', '\t');
  const before = fc.constantFrom(
    '',
    'fragment mutation on Q { mutation(a: "{") }',
    'fragment query on Q { a { b } }',
  );
  const head = fc.constantFrom('', 'query', 'mutation', 'query mutation', 'mutation query', 'subscription S');
  const inputs = fc.constantFrom(
    '',
    '($mutation: I = {mutation: "}"})',
    '($a: [I!]! = [{b: {}}]) @mutation(a: {})',
  );
  const body = fc.constantFrom(
    '{ mutation }',
    '{ a(b: """mutation""") { mutation: c } }',
    '{ ...mutation @skip(if: true) }',
  );
  fc.assert(
    fc.property(
      fc.array(noise),
      before,
      fc.array(noise),
      head,
      inputs,
      body,
      (n1, first, n2, name, vars, selection) => {
        const text = `${n1.join('')}${first}${n2.join('')} ${name === '' ? '' : `${name} ${vars}`}${selection}`;
        expect(kindOfOperation(text)).toBe(getOperationAST(parse(text))?.operation);
      },
    ),
  );
});

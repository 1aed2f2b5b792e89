import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createQueryCompiler } from '../../src/fast-path/query-compiler.js';
import { captureLog } from '../../testing/capture-log.js';

const schema = buildSchema('type Query { a: Int }');
const document = parse('{ a }');

test('a compiler that fails to load is retried after a minute, with one log line', async () => {
  const { log, lines } = captureLog();
  let time = 0;
  let attempts = 0;
  const compiler = createQueryCompiler({
    log,
    report: () => expect.unreachable(),
    now: () => time,
    load: async () => {
      attempts += 1;
      if (attempts < 3) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return import('graphql-jit');
    },
  });
  const compile = () => compiler.compile(schema, document, undefined);
  for (const [at, expected] of [
    [0, 1],
    [59_999, 1],
    [60_000, 2],
    [120_000, 3],
  ] as const) {
    time = at;
    expect(compile()).toBe('later');
    expect(attempts).toBe(expected);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => typeof compile()).toBe('object');
  expect(lines().filter(({ msg }) => String(msg).includes('cannot load the query compiler'))).toHaveLength(1);
});

test('a document that crashes the compiler is logged and runs without it', async () => {
  const sources: string[] = [];
  const compiler = createQueryCompiler({
    log: captureLog().log,
    report: (where) => sources.push(where),
    load: async () => ({
      ...(await import('graphql-jit')),
      compileQuery: () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
    }),
  });
  await expect.poll(() => compiler.compile(schema, document, undefined)).toBeUndefined();
  expect(sources).toContain('compiler');
});

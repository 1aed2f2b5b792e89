import fc from 'fast-check';

/** Depths around the nesting limit, and ones that overflow the stack of recursive code. */
const depths = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(500, 2000, 4800, 6000, 9000));

const nested = fc
  .tuple(
    depths,
    fc.constantFrom(['[', ']', '1'], ['{"a":', '}', '1'], ['[{"b":[', ']}]', '"x"'], ['[', '', '']),
  )
  .map(([depth, [open = '', close = '', core = '']]) => open.repeat(depth) + core + close.repeat(depth));

const oddNumbers = fc.constantFrom(
  '9007199254740993',
  '123456789012345678901234567890',
  '-0',
  '1e999',
  '1E-400',
  '0.1',
  'NaN',
  '605',
  '20.9379869184',
);

const oddTexts = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '',
      ' ',
      '\u0000',
      '\ud800',
      '\u202e',
      '__proto__',
      'constructor',
      '<script>',
      '%00',
      '../..',
    ),
    fc.integer({ min: 1000, max: 12_000 }).map((length) => 'x'.repeat(length)),
  )
  .map((text) => JSON.stringify(text));

/** JSON, and text that only looks like it. */
export const jsonTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 3, arbitrary: nested },
  { weight: 2, arbitrary: oddTexts },
  { weight: 2, arbitrary: oddNumbers },
  {
    weight: 1,
    arbitrary: fc.constantFrom('null', 'true', '[]', '{}', '""', '', '{', '[1,', '"', 'undefined'),
  },
);

/** Joins fields into an object's text; a field that is `undefined` is omitted, and nothing is validated. */
export function objectText(fields: Record<string, string | undefined>): string {
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `{${given.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** Usually one of the values, otherwise anything. */
export const mostly = (...values: string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...values.map((value) => JSON.stringify(value))) },
    { weight: 1, arbitrary: jsonTexts },
  );

export const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** The value in one of twenty cases. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 19, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** A document that must be rejected in the same way over both transports. */
export interface Probe {
  name: string;
  document: string;
  /** `extensions.code` of the error. */
  code: string;
  /** The error message must match this, so that the document is rejected for the intended reason. */
  message: RegExp;
}

interface Shape {
  name: string;
  code: string;
  message: RegExp;
  /** @param field such as `swapResult(id: "1")`, @param operation such as `query` */
  document(operation: string, field: string): string;
}

const repeat = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');
const parsing = 'GRAPHQL_PARSE_FAILED';
const validation = 'GRAPHQL_VALIDATION_FAILED';

const shapes: Shape[] = [
  {
    name: 'a field 5,000 times, 15 KiB',
    code: parsing,
    message: /1000 tokens/,
    document: (operation, field) => `${operation} { ${field} { ${repeat(5000, () => 'id')} } }`,
  },
  {
    name: '1,001 tokens',
    code: parsing,
    message: /1000 tokens/,
    document: (operation, field) => `${operation} { ${field} { ${repeat(1001 - 11, () => 'id')} } } `,
  },
  {
    name: '11 levels',
    code: validation,
    message: /more than 10 levels/,
    document: (operation, field) =>
      `${operation} { ${field} { ${'meta { '.repeat(9)} seed ${'} '.repeat(9)} } }`,
  },
  {
    name: '11 levels through fragments',
    code: validation,
    message: /more than 10 levels/,
    document: (operation, field) =>
      `${operation} { ${field} { ...F0 } } ${repeat(9, (n) => `fragment F${n} on Swap { meta { ...F${n + 1} } }`)} fragment F9 on Swap { id }`,
  },
  {
    name: '16 aliases',
    code: validation,
    message: /more than 15 aliases/,
    document: (operation, field) => `${operation} { ${field} { ${repeat(16, (n) => `a${n}: id`)} } }`,
  },
  {
    name: 'a million aliases through fragments',
    code: validation,
    message: /more than 15 aliases/,
    document: (operation, field) =>
      `${operation} { ${field} { ...F0 } } ${repeat(20, (n) => `fragment F${n} on Swap { ...F${n + 1} ...F${n + 1} }`)} fragment F20 on Swap { a: id }`,
  },
  {
    name: '6 fields at the root',
    code: validation,
    message: /more than 5 root fields/,
    document: (operation, field) => `${operation} { ${repeat(6, (n) => `r${n}: ${field} { id }`)} }`,
  },
  {
    name: '21 directives',
    code: validation,
    message: /more than 20 directives/,
    document: (operation, field) =>
      `${operation} { ${field} { ${repeat(21, () => 'id @include(if: true)')} } }`,
  },
  {
    name: 'two operations',
    code: validation,
    message: /only one operation/,
    document: (operation, field) =>
      `${operation} A { ${field} { id } } ${operation} B { ${field} { status } }`,
  },
  {
    name: 'circular fragments',
    code: validation,
    message: /within itself/,
    document: (operation, field) =>
      `${operation} { ${field} { ...A } } fragment A on Swap { ...B } fragment B on Swap { ...A }`,
  },
  {
    name: 'a field that does not exist, without a suggestion of those that do',
    code: validation,
    message: /^Cannot query field "statuss" on type "Swap"\.$/,
    document: (operation, field) => `${operation} { ${field} { statuss } }`,
  },
  {
    name: 'a syntax error',
    code: parsing,
    message: /Syntax Error/,
    document: (operation, field) => `${operation} { ${field} {`,
  },
  {
    name: 'the schema',
    code: validation,
    message: /introspection/i,
    document: (operation, field) => `${operation} { ${field} { id } __schema { types { name } } }`,
  },
];

const fill = (operation: string, field: string): Probe[] =>
  shapes.map(({ document, ...shape }) => ({
    ...shape,
    name: `${shape.name} (${operation})`,
    document: document(operation, field),
  }));

/** Each as a query and as a subscription, for a gateway without introspection. */
export const probes: Probe[] = [
  ...fill('query', 'swapResult(id: "1")'),
  ...fill('subscription', 'swapUpdated(id: "1")'),
];

/** Queries just within the limits. */
export const harmlessQueries = [
  `{ swapResult(id: "1") { ${repeat(100, () => 'id status')} } }`,
  `{ swapResult(id: "1") { ${repeat(15, (n) => `a${n}: id`)} } }`,
  `{ ${repeat(5, (n) => `r${n}: swapResult(id: "1") { id }`)} }`,
  `{ swapResult(id: "1") { ${repeat(20, () => 'id @include(if: true)')} } }`,
];

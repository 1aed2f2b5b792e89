import fc from 'fast-check';

/** Together they use every feature of the language that the schema allows. */
const sources = [
  'query Q($id: ID!, $if: Boolean = true, $first: Int = 3) { a: swapResult(id: $id) { ...F id @include(if: $if) meta { seed } } swaps(first: $first, after: "x") { nodes { ...F } edges { cursor node { id } } pageInfo { hasNextPage } } gatewayStatus { version } } fragment F on Swap { status ... on Swap @skip(if: $if) { id error { code message } } }',
  'mutation M($input: SingleFaceSwapInput!, $wait: Int = 0, $url: URL = "http://x", $id: ID = "x") { singleFaceSwap(input: $input, wait: $wait) { id } b: singleFaceSwap(input: { initImage: $url, targetImage: "x", referenceImage: $url, reuse: NEVER, consent: true, trackId: 5 }) { id } cancelSwap(id: $id) { id } redeliverWebhook(id: 5) { id } }',
  'query ($id: ID = "x") { swapResult(id: $id) { id } }',
  'subscription S($id: ID!, $if: Boolean!) { swapUpdated(id: $id) { ...F id @skip(if: $if) } } fragment F on Swap { status queuePosition __typename }',
  'subscription ($id: ID = "x", $if: Boolean = true) { swapUpdated(id: $id) { id @include(if: $if) } }',
  'subscription ($id: ID!, $if: Boolean!) { swapUpdated(id: $id) @include(if: $if) { id } }',
  'query { __schema { types { name fields { name } } } __type(name: "Swap") { name } __typename }',
];

const pieces = [
  ...['{', '}', '(', ')', '[', ']', ':', '=', '!', '|', '@', '&', '...', ','],
  ...[
    '$id',
    '$if',
    '$first',
    '$url',
    '5',
    '-1.5e3',
    '1e999',
    'null',
    'true',
    '"x"',
    '"""x"""',
    '[1, [2]]',
    '{ a: 1 }',
  ],
  ...['query', 'mutation', 'subscription', 'fragment', 'on', 'type', 'extend', 'input', 'schema'],
  ...[
    '@include(if: $if)',
    '@skip(if: $if)',
    '@skip(if: null)',
    '@include',
    '@include(if: true)',
    '@defer',
    '@stream',
  ],
  ...[
    '...F',
    '... on Query',
    '... on Subscription',
    '... on ID',
    '... on SingleFaceSwapInput',
    'on Subscription',
  ],
  ...[
    'Swap',
    'ID',
    '[ID!]!',
    'Int!',
    'Boolean',
    'SwapStatus',
    '__typename',
    '__schema',
    '__proto__',
    'id',
    'first:',
  ],
];

const tokensOf = (text: string): string[] => text.match(/\.\.\.|"[^"]*"|[$@]?\w+|[^\s\w]/g) ?? [];

interface Change {
  at: number;
  removed: number;
  added: string | undefined;
}

const changes: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  removed: fc.nat({ max: 1 }),
  added: fc.option(fc.constantFrom(...pieces), { nil: undefined }),
});

/** Documents that are valid, or nearly so: one to three tokens are removed, inserted or replaced. */
export const changedDocuments: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...sources.map(tokensOf)), fc.array(changes, { maxLength: 3 }))
  .map(([tokens, applied]) => {
    const changed = [...tokens];
    for (const { at, removed, added } of applied)
      changed.splice(at % changed.length, removed, ...(added === undefined ? [] : [added]));
    return changed.join(' ');
  });

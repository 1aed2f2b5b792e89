/** The schema's lint rules: the presets `schema-recommended` and `schema-relay`, with the exceptions below. */
import graphqlPlugin from '@graphql-eslint/eslint-plugin';

/** Objects without an identity of their own: parts of a swap, pages, and what exists once. */
const typesWithoutId = [
  'ClientToken',
  'ClientUsage',
  'ErasurePart',
  'GatewayStatus',
  'LateResult',
  'Me',
  'PageInfo',
  'Provenance',
  'Sample',
  'SwapConnection',
  'SwapEdge',
  'SwapError',
  'SwapFile',
  'SwapMeta',
];

export default [
  {
    files: ['schema/*.graphql'],
    languageOptions: {
      parser: graphqlPlugin.parser,
      parserOptions: { graphQLConfig: { schema: 'schema/schema.graphql' } },
    },
    plugins: { '@graphql-eslint': graphqlPlugin },
    rules: {
      ...graphqlPlugin.configs['flat/schema-recommended'].rules,
      ...graphqlPlugin.configs['flat/schema-relay'].rules,
      '@graphql-eslint/strict-id-in-types': ['error', { exceptions: { types: typesWithoutId } }],
      // Lists that cannot be paged: URLs of the pictures of one swap, the samples, and `nodes`, which clients without Relay use.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { listTypeCanWrapOnlyEdgeType: false, withEdgeSuffix: true, shouldImplementNode: true },
      ],
      // Lists are paged forward only: newest first is the one order that clients asked for.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
    },
  },
];

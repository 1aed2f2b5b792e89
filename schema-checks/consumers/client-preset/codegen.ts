import type { CodegenConfig } from '@graphql-codegen/cli';
import scalars from 'face-swap-gateway/scalars.json';

export default {
  schema: 'schema.graphql',
  documents: ['operations.graphql', 'client.ts'],
  generates: { 'generated/': { preset: 'client', config: { scalars, useTypeImports: true } } },
} satisfies CodegenConfig;

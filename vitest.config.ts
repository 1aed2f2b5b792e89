import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { patienceMs, testTimeoutMs } from './testing/timeouts.js';

export default defineConfig({
  // Two copies of graphql (ESM and CommonJS) in one process refuse each other's schemas: everything uses the CommonJS one.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      {
        find: '@face-swap-gateway/client',
        replacement: join(import.meta.dirname, 'packages/client/src/index.ts'),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/packages/**'],
    testTimeout: testTimeoutMs,
    hookTimeout: testTimeoutMs,
    expect: { poll: { timeout: patienceMs } },
    maxWorkers: 3,
  },
});

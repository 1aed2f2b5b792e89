import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Two copies of graphql (ESM and CommonJS) in one process refuse each other's schemas: everything uses the CommonJS one.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // How long something may take on a busy machine; what must happen sooner than that says so itself.
    expect: { poll: { timeout: 10_000 } },
    maxWorkers: 2,
  },
});

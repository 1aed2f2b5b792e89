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
    // Two cores shared by browsers, gateways and Redis: a pause of the machine must not fail a whole run.
    retry: process.env['CI'] ? 1 : 0,
    maxWorkers: 2,
  },
});

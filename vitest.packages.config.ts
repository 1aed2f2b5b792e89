import { defineConfig } from 'vitest/config';
import { longTestTimeoutMs } from './testing/timeouts.js';
import base from './vitest.config.js';

/** `npm run test:packages`: the packages for clients, installed into other people's projects. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/packages/**/*.test.ts'],
    exclude: [],
    testTimeout: longTestTimeoutMs,
    hookTimeout: longTestTimeoutMs,
  },
});

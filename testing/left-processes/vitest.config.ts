import { defineConfig } from 'vitest/config';
import { patienceMs } from '../timeouts.js';

/** Runs that fail on purpose; see test/system/left-processes.test.ts. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.fixture.ts'],
    hookTimeout: patienceMs / 2,
    testTimeout: Number.POSITIVE_INFINITY,
  },
});

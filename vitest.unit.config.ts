import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** `npm run test:unit`: what runs in seconds, without a build, a browser, Redis, nginx or a gateway process. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      'test/architecture.test.ts',
      'test/{backends,bench,clients,config,graphql,keys,lib,providers,swap,telemetry}/**/*.test.ts',
      'test/deploy/{lockfile,node-version}.test.ts',
      'test/docs/{env-example,metrics,operations,paths,sandbox,words}.test.ts',
    ],
    exclude: [
      'test/backends/{redis/**,embedded-backend.test.ts,redis-backend.test.ts,sqlite/sweep.test.ts}',
      'test/graphql/{codegen-manifest,deep-documents,operation-limits,query-cost,queue-position,trusted-documents,variable-errors}.test.ts',
      'test/lib/picture-process.test.ts',
      'test/swap/late-results.test.ts',
      'test/telemetry/{log-destination,metrics-route,redis-metrics,store-metrics,swap-metrics,transport-metrics}.test.ts',
    ],
  },
});

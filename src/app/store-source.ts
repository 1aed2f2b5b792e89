import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Backend } from '../backends/backend.js';
import type { Config } from '../config/config.js';
import type { StoreSource } from '../telemetry/store-metrics.js';

/** What the gateway stores in, as the metrics show it. */
export function storeSourceOf({ dataDir }: Pick<Config, 'dataDir'>, { size }: Backend): StoreSource {
  return {
    async disk() {
      const { bsize, bavail, blocks } = await statfs(dataDir).catch(() =>
        // With Redis it is created when it is first needed.
        statfs(dirname(resolve(dataDir))),
      );
      return { freeBytes: bavail * bsize, bytes: blocks * bsize };
    },
    size,
  };
}

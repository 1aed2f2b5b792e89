import { statfs } from 'node:fs/promises';
import type { Backend } from '../backends/backend.js';
import type { Config } from '../config/config.js';
import type { StoreSource } from '../telemetry/store-metrics.js';

/** What the gateway stores in, as the metrics show it. */
export function storeSourceOf({ dataDir }: Pick<Config, 'dataDir'>, { size }: Backend): StoreSource {
  return {
    async disk() {
      const { bsize, bavail, blocks } = await statfs(dataDir);
      return { freeBytes: bavail * bsize, bytes: blocks * bsize };
    },
    size,
  };
}

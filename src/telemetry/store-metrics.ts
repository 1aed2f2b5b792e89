import { Gauge, type Registry } from 'prom-client';
import { metricPrefix } from './metric-prefix.js';

/** In bytes. */
export interface StoreSize {
  /** The embedded database and its write-ahead log; undefined with Redis. */
  database?: { bytes: number; walBytes: number };
  /** Undefined without Redis, and where its INFO is refused. `maxBytes`: 0 without `maxmemory`. */
  redis?: { bytes: number; maxBytes: number } | undefined;
}

/** What the gateway stores in. Both reject while it cannot be reached. */
export interface StoreSource {
  /** The file system of DATA_DIR. `freeBytes`: what an unprivileged process may still write. */
  disk(): Promise<{ freeBytes: number; bytes: number }>;
  size(): Promise<StoreSize>;
}

/** Gauges of disk, database and Redis. Each is omitted where it does not apply, and while it cannot be read. */
export function addStoreGauges(registry: Registry, { disk, size }: StoreSource): void {
  const add = (name: string, help: string, read: () => Promise<number | undefined>): void => {
    new Gauge({
      name: `${metricPrefix}${name}`,
      help,
      registers: [registry],
      async collect() {
        const value = await read().catch(() => undefined);
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  };
  add(
    'disk_free_bytes',
    'Bytes that can still be written to the file system of DATA_DIR.',
    async () => (await disk()).freeBytes,
  );
  add('disk_bytes', 'Size of the file system of DATA_DIR.', async () => (await disk()).bytes);
  add(
    'database_bytes',
    'Size of the embedded database. Missing with REDIS_URL.',
    async () => (await size()).database?.bytes,
  );
  add(
    'database_wal_bytes',
    'Size of the write-ahead log of the embedded database. Missing with REDIS_URL.',
    async () => (await size()).database?.walBytes,
  );
  add(
    'redis_memory_bytes',
    'Memory that Redis uses, as it reports itself: aggregate with max, not sum. Missing without REDIS_URL, and if Redis refuses INFO.',
    async () => (await size()).redis?.bytes,
  );
  add(
    'redis_max_memory_bytes',
    'Memory at which Redis refuses writes (its maxmemory); 0: no limit. Missing like redis_memory_bytes.',
    async () => (await size()).redis?.maxBytes,
  );
}

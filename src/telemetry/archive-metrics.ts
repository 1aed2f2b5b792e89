import { Gauge, Histogram, type Registry } from 'prom-client';
import { createCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';

export interface ArchiveMetrics {
  attempted(outcome: string): void;
  stored(lastedMs: number): void;
}

/** What the archive holds, as far as this instance knows. */
export interface ArchiveSource {
  usedBytes(): number;
  /** Undefined: no limit. */
  maxBytes: number | undefined;
}

const copyBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400];

export function createArchiveMetrics(registry: Registry): ArchiveMetrics {
  const attempts = createCounter(registry, {
    name: `${metricPrefix}archive_copies_total`,
    help: 'Attempts to copy the files of a result into the archive, by outcome: stored; retry: repeated later; failed: given up; full: ARCHIVE_MAX_BYTES is reached.',
    labelNames: ['outcome'],
    known: [['stored'], ['retry'], ['failed'], ['full']],
  });
  const duration = new Histogram({
    name: `${metricPrefix}archive_copy_seconds`,
    help: 'From the end of a swap, or the arrival of its late result, until its files were in the archive.',
    buckets: copyBuckets,
    registers: [registry],
  });
  return {
    attempted: (outcome) => attempts(outcome),
    stored: (lastedMs) => duration.observe(lastedMs / 1000),
  };
}

/** Gauges of the archive. Without one, both are 0. */
export function addArchiveGauges(registry: Registry, source: ArchiveSource | undefined): void {
  const add = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `${metricPrefix}${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  add(
    'archive_bytes',
    'Bytes in the archive. With REDIS_URL, each instance reports the value for the whole deployment: aggregate with max, not sum.',
    () => source?.usedBytes() ?? 0,
  );
  add(
    'archive_max_bytes',
    'Limit on the bytes in the archive (ARCHIVE_MAX_BYTES); 0: none.',
    () => source?.maxBytes ?? 0,
  );
}

import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { metricPrefix } from './metric-prefix.js';

export interface ProcessMetrics {
  /** Registers prom-client's default metrics on the first call. */
  begin(): void;
  close(): void;
}

const intervalMs = 5000;
/** These enumerate every socket: with 4,000 sockets, each scrape would block the event loop for tens of milliseconds. */
const tooSlow = [
  'process_open_fds',
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
];

export function createProcessMetrics(registry: Registry): ProcessMetrics {
  let last = performance.eventLoopUtilization();
  let utilization: number | undefined;
  let hasBegun = false;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    ({ utilization } = performance.eventLoopUtilization(now, last));
    last = now;
  }, intervalMs).unref();

  new Gauge({
    name: `${metricPrefix}event_loop_utilization`,
    // Not measured from scrape to scrape, so that several scrapers do not shorten each other's window.
    help: 'Fraction of the last full 5 seconds that the event loop was busy, 0 to 1. Scale on this.',
    registers: [registry],
    collect() {
      this.set(utilization ?? performance.eventLoopUtilization(last).utilization);
    },
  });
  return {
    begin() {
      // prom-client cannot remove its performance observers, so they are created only if metrics are read.
      if (hasBegun) return;
      hasBegun = true;
      collectDefaultMetrics({ register: registry });
      for (const name of tooSlow) registry.removeSingleMetric(name);
    },
    close: () => clearInterval(timer),
  };
}

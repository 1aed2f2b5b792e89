import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { metricPrefix } from './metric-prefix.js';

export interface ProcessMetrics {
  /** Adds what prom-client knows of Node.js and the process, when first called. */
  begin(): void;
  close(): void;
}

const intervalMs = 5000;
/** These go through every socket, which at 4,000 of them stops the event loop for tens of milliseconds at each reading. */
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
    // Not from one scrape to the next: then two readers would cut each other's time short.
    help: 'How much of the last full 5 seconds the event loop was busy, 0 to 1. What to scale on.',
    registers: [registry],
    collect() {
      this.set(utilization ?? performance.eventLoopUtilization(last).utilization);
    },
  });
  return {
    begin() {
      // prom-client has no way to let go of its observers, so only a process whose metrics are read gets them.
      if (hasBegun) return;
      hasBegun = true;
      collectDefaultMetrics({ register: registry });
      for (const name of tooSlow) registry.removeSingleMetric(name);
    },
    close: () => clearInterval(timer),
  };
}

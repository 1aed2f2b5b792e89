import { Gauge, Registry } from 'prom-client';
import { metricPrefix } from './metric-prefix.js';
import { createProcessMetrics } from './process-metrics.js';
import { createPushMetrics, type PushMetrics } from './push-metrics.js';
import { addQueueGauges, createSwapMetrics, type QueueSource, type SwapMetrics } from './swap-metrics.js';
import { createTally, type Tally } from './tally.js';
import { createTransportMetrics, type TransportMetrics } from './transport-metrics.js';
import {
  addBreakerGauge,
  createUnexpectedMetric,
  createUpstreamMetrics,
  type ObservedCall,
} from './upstream-metrics.js';

/** What is measured by looking, once there is something to look at. */
export interface MetricSources {
  version: string;
  upstream: string;
  queue: QueueSource;
  isUpstreamAvailable(): boolean;
}

/**
 * Everything that is measured, for Prometheus. Labels have few values, all of them the gateway's own words: no ids, clients,
 * addresses or texts of others.
 */
export interface Metrics {
  swaps: SwapMetrics;
  pushes: PushMetrics;
  transport: TransportMetrics;
  called(call: ObservedCall): void;
  /** A response of ModelsLab's that was not as documented. */
  unexpected(response: { where: string; kind: string }): void;
  /** What clients asked for, and `ok` or the error code. */
  operated: Tally;
  /** To be called once. */
  follow(sources: MetricSources): void;
  /** Never fails for a source that cannot be reached: its metrics are left out. */
  read(): Promise<{ contentType: string; text: string }>;
  close(): void;
}

/** @param errorCodes of FAILED swaps, all there are */
export function createMetrics(errorCodes: readonly string[], registry: Registry = new Registry()): Metrics {
  const processMetrics = createProcessMetrics(registry);
  return {
    swaps: createSwapMetrics(registry, errorCodes),
    pushes: createPushMetrics(registry),
    transport: createTransportMetrics(registry),
    called: createUpstreamMetrics(registry),
    unexpected: createUnexpectedMetric(registry),
    operated: createTally(registry, {
      name: `${metricPrefix}operations_total`,
      help: 'What clients asked for, over GraphQL or as a download (request, get, list, watch, cancel, redeliver), by outcome: ok or the error code.',
      labelNames: ['operation', 'outcome'],
      known: ['request', 'get', 'list', 'watch', 'cancel', 'redeliver'].flatMap((operation) =>
        ['ok', 'UNAVAILABLE', 'INTERNAL_SERVER_ERROR'].map((outcome) => [operation, outcome]),
      ),
    }),
    follow({ version, upstream, queue, isUpstreamAvailable }) {
      addQueueGauges(registry, queue);
      addBreakerGauge(registry, isUpstreamAvailable);
      new Gauge({
        name: `${metricPrefix}info`,
        help: 'Always 1; version of the gateway, and what does the swaps: LIVE or SANDBOX.',
        labelNames: ['version', 'upstream'],
        registers: [registry],
      }).set({ version, upstream }, 1);
    },
    async read() {
      processMetrics.begin();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    close: processMetrics.close,
  };
}

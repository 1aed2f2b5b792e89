import { Counter, Gauge, Registry } from 'prom-client';
import { createCounter, type LabeledCounter } from './counter.js';
import { metricPrefix } from './metric-prefix.js';
import { createPictureMetrics, type PictureMetrics } from './picture-metrics.js';
import { createProcessMetrics } from './process-metrics.js';
import { createPushMetrics, type PushMetrics } from './push-metrics.js';
import { addSettingsGauge } from './settings-gauge.js';
import { addQueueGauges, createSwapMetrics, type QueueSource, type SwapMetrics } from './swap-metrics.js';
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
  /** Settings that differ between this instance and others; default: none. */
  settingsConflicts?(): readonly string[];
  /** Log lines dropped so far. */
  droppedLogLines(): number;
}

/**
 * Everything that is measured, for Prometheus. Labels have few values, all of them the gateway's own words: no ids, clients,
 * addresses or texts of others.
 */
export interface Metrics {
  swaps: SwapMetrics;
  pushes: PushMetrics;
  transport: TransportMetrics;
  pictures: PictureMetrics;
  called(call: ObservedCall): void;
  /** A response from ModelsLab that was not as documented. */
  unexpected(response: { where: string; kind: string }): void;
  /** What clients asked for, and `ok` or the error code. */
  operated: LabeledCounter;
  /** Unexpected errors that were contained, by place. */
  faulted: LabeledCounter;
  /** To be called once. */
  follow(sources: MetricSources): void;
  /** Never fails for a source that cannot be reached: its metrics are left out. */
  read(): Promise<{ contentType: string; text: string }>;
  close(): void;
}

/**
 * @param errorCodes of FAILED swaps, all there are
 * @param faultPlaces where unexpected errors are contained, all there are
 */
export function createMetrics(
  errorCodes: readonly string[],
  faultPlaces: readonly string[],
  registry: Registry = new Registry(),
): Metrics {
  const processMetrics = createProcessMetrics(registry);
  return {
    swaps: createSwapMetrics(registry, errorCodes),
    pushes: createPushMetrics(registry),
    transport: createTransportMetrics(registry),
    pictures: createPictureMetrics(registry),
    called: createUpstreamMetrics(registry),
    unexpected: createUnexpectedMetric(registry),
    operated: createCounter(registry, {
      name: `${metricPrefix}operations_total`,
      help: 'Client operations, over GraphQL or as a download (request, get, list, watch, cancel, redeliver), by outcome: ok or the error code.',
      labelNames: ['operation', 'outcome'],
      known: ['request', 'get', 'list', 'watch', 'cancel', 'redeliver'].flatMap((operation) =>
        ['ok', 'UNAVAILABLE', 'INTERNAL_SERVER_ERROR'].map((outcome) => [operation, outcome]),
      ),
    }),
    faulted: createCounter(registry, {
      name: `${metricPrefix}internal_faults_total`,
      help: 'Unexpected errors that were contained where they occurred. Each is a bug, logged with a faultId.',
      labelNames: ['where'],
      known: faultPlaces.map((where) => [where]),
    }),
    follow({ version, upstream, queue, isUpstreamAvailable, droppedLogLines, settingsConflicts = () => [] }) {
      let seen = 0;
      new Counter({
        name: `${metricPrefix}log_lines_dropped_total`,
        help: 'Log lines dropped because standard output was not read, or not fast enough.',
        registers: [registry],
        collect() {
          this.inc(droppedLogLines() - seen);
          seen = droppedLogLines();
        },
      });
      addQueueGauges(registry, queue);
      addBreakerGauge(registry, isUpstreamAvailable);
      addSettingsGauge(registry, settingsConflicts);
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

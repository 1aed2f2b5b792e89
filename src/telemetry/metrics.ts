import { Counter, Gauge, Registry } from 'prom-client';
import type { AccountFacts } from '../swap/provider-account.js';
import {
  type ArchiveMetrics,
  type ArchiveSource,
  addArchiveGauges,
  createArchiveMetrics,
} from './archive-metrics.js';
import { addClientsFileGauge } from './client-metrics.js';
import { createCounter, type LabeledCounter } from './counter.js';
import type { SwapObserver } from './instrument-system.js';
import { metricPrefix } from './metric-prefix.js';
import { createPictureMetrics, type PictureMetrics } from './picture-metrics.js';
import { createProcessMetrics } from './process-metrics.js';
import { createPushMetrics, type PushMetrics } from './push-metrics.js';
import { addSettingsGauge } from './settings-gauge.js';
import { addStoreGauges, type StoreSource } from './store-metrics.js';
import { addQueueGauges, createSwapMetrics, type QueueSource } from './swap-metrics.js';
import { createTransportMetrics, type TransportMetrics } from './transport-metrics.js';
import {
  addAccountGauges,
  addBreakerGauge,
  createUnexpectedMetric,
  createUpstreamMetrics,
  type ObservedCall,
} from './upstream-metrics.js';

/** Values that are read at each scrape. */
export interface MetricSources {
  version: string;
  upstream: string;
  queue: QueueSource;
  isUpstreamAvailable(): boolean;
  /** Default: nothing is known of the account. */
  accountFacts?(): AccountFacts;
  /** Settings that differ between this instance and others; default: none. */
  settingsConflicts?(): readonly string[];
  /** Whether CLIENTS_FILE, as last read, is valid; default: there is none. */
  isClientsFileValid?(): boolean;
  store: StoreSource;
  /** Undefined: results are not archived. */
  archive?: ArchiveSource | undefined;
  /** Log lines dropped so far. */
  droppedLogLines(): number;
  /** Lines of the audit log lost so far; default: none. */
  lostAuditLines?(): number;
}

/**
 * All metrics, for Prometheus. Label values come from small sets that the gateway defines: no ids, clients, addresses or
 * external text.
 */
export interface Metrics {
  swaps: SwapObserver;
  pushes: PushMetrics;
  transport: TransportMetrics;
  pictures: PictureMetrics;
  archive: ArchiveMetrics;
  called(call: ObservedCall): void;
  /** Counts a response from ModelsLab that deviates from its documentation. */
  unexpected(response: { where: string; kind: string }): void;
  /** Counts client operations, with `ok` or the error code. */
  operated: LabeledCounter;
  /** Counts contained unexpected errors, by source. */
  faulted: LabeledCounter;
  /** Starts exporting the sources. Must be called once. */
  follow(sources: MetricSources): void;
  /** The metrics of a source that cannot be reached are omitted. */
  read(): Promise<{ contentType: string; text: string }>;
  close(): void;
}

/**
 * @param errorCodes all error codes of FAILED swaps
 * @param faultSources all sources of contained unexpected errors
 */
export function createMetrics(
  errorCodes: readonly string[],
  faultSources: readonly string[],
  registry: Registry = new Registry(),
): Metrics {
  const processMetrics = createProcessMetrics(registry);
  return {
    swaps: createSwapMetrics(registry, errorCodes),
    pushes: createPushMetrics(registry),
    transport: createTransportMetrics(registry),
    pictures: createPictureMetrics(registry),
    archive: createArchiveMetrics(registry),
    called: createUpstreamMetrics(registry),
    unexpected: createUnexpectedMetric(registry),
    operated: createCounter(registry, {
      name: `${metricPrefix}operations_total`,
      help: 'Client operations through GraphQL or downloads (request, get, getMany, list, watch, cancel, redeliver), by outcome: ok or the error code.',
      labelNames: ['operation', 'outcome'],
      known: ['request', 'get', 'list', 'watch', 'cancel', 'redeliver'].flatMap((operation) =>
        ['ok', 'UNAVAILABLE', 'INTERNAL_SERVER_ERROR'].map((outcome) => [operation, outcome]),
      ),
    }),
    faulted: createCounter(registry, {
      name: `${metricPrefix}internal_faults_total`,
      help: 'Unexpected errors that were contained where they occurred. Each is a bug, logged with a faultId.',
      labelNames: ['where'],
      known: faultSources.map((where) => [where]),
    }),
    follow({ version, upstream, queue, isUpstreamAvailable, archive, ...sources }) {
      const {
        store,
        droppedLogLines,
        isClientsFileValid = () => true,
        lostAuditLines = () => 0,
        settingsConflicts = () => [],
        accountFacts = () => ({}),
      } = sources;
      addLossCounter(
        registry,
        'log_lines_dropped_total',
        'Log lines dropped because standard output was not read fast enough.',
        droppedLogLines,
      );
      addLossCounter(
        registry,
        'audit_lines_lost_total',
        'Lines of the audit log lost because AUDIT_LOG, a file, could not be written. On stdout, see log_lines_dropped_total.',
        lostAuditLines,
      );
      addQueueGauges(registry, queue);
      addBreakerGauge(registry, isUpstreamAvailable);
      addAccountGauges(registry, accountFacts);
      addSettingsGauge(registry, settingsConflicts);
      addArchiveGauges(registry, archive);
      addStoreGauges(registry, store);
      addClientsFileGauge(registry, isClientsFileValid);
      new Gauge({
        name: `${metricPrefix}info`,
        help: 'Always 1. Labels: version of the gateway, and upstream, LIVE or SANDBOX.',
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

/** A counter of what another part counts. */
function addLossCounter(registry: Registry, name: string, help: string, count: () => number): void {
  let seen = 0;
  new Counter({
    name: `${metricPrefix}${name}`,
    help,
    registers: [registry],
    collect() {
      const lost = count();
      this.inc(lost - seen);
      seen = lost;
    },
  });
}

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { type FaultReporter, faultSources } from '../lib/contain.js';
import { readVersion } from '../lib/project-files.js';
import { createProxyAgent } from '../lib/proxy-agent.js';
import type { SwapStore } from '../swap/ports.js';
import { swapFailureCodes } from '../swap/swap.js';
import { noTracing, type Tracing } from '../swap/tracing.js';
import { createAcceptingRequests } from '../telemetry/accepting-requests.js';
import { createFaultReporter } from '../telemetry/fault-reporter.js';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';
import { createSwapTracing, type SwapTracing } from '../telemetry/trace-swaps.js';
import { proxiesOf } from './proxies.js';

/** Log, metrics and traces of one gateway. */
export interface Telemetry {
  /** Adds the ids of its request to every line about a swap. */
  log: Logger;
  metrics: Metrics;
  report: FaultReporter;
  tracing: Tracing;
  traces: SwapTracing;
  /** Must wrap the store of the backend. */
  followStore(store: SwapStore): SwapStore;
  /** Exports the last spans, for a bounded time. */
  close(): Promise<void>;
}

/** OpenTelemetry's SDK is loaded only if there is a receiver. */
export async function openTelemetry(config: Config, baseLog: Logger, now: () => number): Promise<Telemetry> {
  const requests = createAcceptingRequests();
  const log = requests.addTo(baseLog);
  const metrics = createMetrics(swapFailureCodes, faultSources);
  const { tracing, close } = await openTracing(config, log);
  const traces = createSwapTracing(tracing, requests, now);
  return {
    log,
    metrics,
    report: createFaultReporter(log, metrics.faulted),
    tracing,
    traces,
    followStore: (store) => requests.follow(traces.store(store)),
    async close() {
      metrics.close();
      await close();
    },
  };
}

async function openTracing(
  { otlpEndpoint, traceSampler, traceRatio, ...config }: Config,
  log: Logger,
): Promise<{ tracing: Tracing; close(): Promise<void> }> {
  if (otlpEndpoint === undefined) return { tracing: noTracing, close: async () => undefined };
  const { createOtlpTracing } = await import('../telemetry/otlp-tracing.js');
  const proxies = proxiesOf(config);
  const tracing = createOtlpTracing({
    url: `${otlpEndpoint}/v1/traces`,
    sampler: traceSampler,
    ratio: traceRatio,
    version: readVersion(),
    instanceId: randomUUID(),
    log,
    agent: proxies && ((protocol) => createProxyAgent(proxies, protocol)),
  });
  return { tracing, close: tracing.close };
}

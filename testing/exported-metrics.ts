import { Registry } from 'prom-client';
import { faultSources } from '../src/lib/contain.js';
import { swapFailureCodes } from '../src/swap/swap.js';
import { createMetrics } from '../src/telemetry/metrics.js';

export interface ExportedMetric {
  name: string;
  help: string;
  type: string;
  labelNames: readonly string[];
  /** The values that a label has before anything happened. */
  valuesOf(label: string): string[];
}

/** What Prometheus itself records about a target. */
export const prometheusMetrics = ['up'];

/** All metrics of a gateway with everything that can be measured, prom-client's own included. */
export async function exportedMetrics(): Promise<ExportedMetric[]> {
  const registry = new Registry();
  const metrics = createMetrics(swapFailureCodes, faultSources, registry);
  metrics.follow({
    version: '1',
    upstream: 'SANDBOX',
    queue: {
      slots: 1,
      pauses: async () => [],
      counts: async () => ({ waiting: 0, running: 0, unresolved: 0 }),
    },
    isUpstreamAvailable: () => true,
    accountFacts: () => ({ processing: 1, balance: 2.5 }),
    store: {
      disk: async () => ({ freeBytes: 1, bytes: 1 }),
      size: async () => ({ database: { bytes: 1, walBytes: 1 }, redis: { bytes: 1, maxBytes: 1 } }),
    },
    droppedLogLines: () => 0,
  });
  await metrics.read();
  metrics.close();
  return (await registry.getMetricsAsJSON()).map(({ name, help, values }) => {
    const { type, labelNames } = registry.getSingleMetric(name) as unknown as {
      type: string;
      labelNames: string[];
    };
    return {
      name,
      help,
      type: String(type),
      labelNames,
      valuesOf: (label) =>
        values.flatMap(({ labels }) => (labels as Record<string, unknown>)[label] ?? []).map(String),
    };
  });
}

/** The same by the names that PromQL uses, such as `…_bucket` of a histogram. */
export async function exportedSamples(): Promise<ReadonlyMap<string, ExportedMetric>> {
  const all = await exportedMetrics();
  return new Map(
    all.flatMap((metric) =>
      (metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map((ending) => [
        metric.name + ending,
        metric,
      ]),
    ),
  );
}

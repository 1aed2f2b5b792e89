import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { faultSources } from '../../src/lib/contain.js';
import { swapFailureCodes } from '../../src/swap/swap.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { namesIn } from '../../testing/promql.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

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
  droppedLogLines: () => 0,
});
await metrics.read();
metrics.close();

const all = (await registry.getMetricsAsJSON()).map(({ name, help, values }) => {
  const { type, labelNames } = registry.getSingleMetric(name) as unknown as {
    type: string;
    labelNames: string[];
  };
  return { name, help, type: String(type), labelNames, values };
});
const own = all.filter(({ name }) => name.startsWith('face_swap_gateway_'));
const samples = new Map(
  all.flatMap((metric) =>
    (metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map((ending) => [
      metric.name + ending,
      metric,
    ]),
  ),
);
/** Labels that Prometheus itself adds. */
const addedLabels = ['job', 'instance', 'le'];
const scrapeMetrics = ['up'];

const rules = [...read('deploy/prometheus/alerts.yaml').matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)].map(
  ([, name = '', expr = '']) => ({ name, expr }),
);
const documented = [...read('docs/metrics.md').matchAll(/\*\*(\w+)\*\*: .+\n\n```promql\n(.+)\n```/g)].map(
  ([, name = '', expr = '']) => ({ name, expr }),
);
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json')) as {
  panels: { type: string; title: string; targets?: { expr: string }[] }[];
  templating: { list: { name: string; type: string; definition?: string }[] };
};
const shown = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ name: title, expr })),
);
const variables = dashboard.templating.list.flatMap(({ name, definition }) =>
  definition === undefined ? [] : [{ name: `variable ${name}`, expr: definition }],
);

describe.each([
  ['alert', rules],
  ['dashboard', [...shown, ...variables]],
])('%s', (_where, expressions) => {
  test.each(expressions)('$name uses existing metrics and labels: $expr', ({ expr }) => {
    const { metrics: names, grouping, matchers } = namesIn(expr);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !samples.has(name) && !scrapeMetrics.includes(name))).toEqual([]);
    const used = names.flatMap((name) => samples.get(name) ?? []);
    const labels = [...addedLabels, ...used.flatMap(({ labelNames }) => labelNames)];
    expect(
      [...grouping, ...matchers.map(([label]) => label)].filter((label) => !labels.includes(label)),
    ).toEqual([]);
    for (const [label, , value] of matchers) {
      if (addedLabels.includes(label)) continue;
      const values = used.flatMap((metric) =>
        metric.values.map((sample) => String((sample.labels as Record<string, unknown>)[label])),
      );
      for (const word of value.split('|')) expect(values).toContain(word);
    }
  });
});

test('every metric of the gateway is on the dashboard', () => {
  const there = new Set(
    shown.flatMap(({ expr }) => namesIn(expr).metrics).map((name) => samples.get(name)?.name),
  );
  expect(own.map(({ name }) => name).filter((name) => !there.has(name))).toEqual([]);
});

test('the dashboard takes its data source, job and instance from variables', () => {
  expect(dashboard.templating.list.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'datasource datasource',
    'job query',
    'instance query',
  ]);
  const uids = [...read('deploy/grafana/dashboard.json').matchAll(/"uid": "([^"]+)"/g)].map(([, uid]) => uid);
  expect(uids.length).toBeGreaterThan(shown.length);
  for (const uid of uids) expect(uid).toMatch(/^(\$\{datasource\}|face-swap-gateway)$/);
  for (const { expr } of shown) expect(expr).toMatch(/job=~"\$job",instance=~"\$instance"/);
});

test('docs/metrics.md lists every metric correctly, and no other', () => {
  const rows = read('docs/metrics.md').match(/^\| `face_swap_gateway_.*$/gm) ?? [];
  expect(rows.sort()).toEqual(
    own
      .map(
        ({ name, type, labelNames, help }) =>
          `| \`${name}\` | ${type} | ${labelNames.join(', ')} | ${help} |`,
      )
      .sort(),
  );
});

test('docs/metrics.md explains every alert, with the same expression', () => {
  expect(rules.length).toBeGreaterThan(0);
  expect(documented).toEqual(rules);
});

test('names follow the conventions: counters end in _total, times are in seconds', () => {
  for (const { name, type } of own) {
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(name).not.toMatch(/_(ms|millis|milliseconds|bytes_total)$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  }
});

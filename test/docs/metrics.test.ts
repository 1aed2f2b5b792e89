import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exportedMetrics, exportedSamples, prometheusMetrics } from '../../testing/exported-metrics.js';
import { namesIn } from '../../testing/promql.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

const own = (await exportedMetrics()).filter(({ name }) => name.startsWith('face_swap_gateway_'));
const samples = await exportedSamples();
/** Labels that Prometheus itself adds. */
const addedLabels = ['job', 'instance', 'le'];

const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as {
  groups: { rules: { alert: string; expr: string }[] }[];
};
const rules = groups.flatMap((group) => group.rules.map(({ alert: name, expr }) => ({ name, expr })));
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
    expect(names.filter((name) => !samples.has(name) && !prometheusMetrics.includes(name))).toEqual([]);
    const used = names.flatMap((name) => samples.get(name) ?? []);
    const labels = [...addedLabels, ...used.flatMap(({ labelNames }) => labelNames)];
    expect(
      [...grouping, ...matchers.map(([label]) => label)].filter((label) => !labels.includes(label)),
    ).toEqual([]);
    for (const [label, , value] of matchers) {
      if (addedLabels.includes(label)) continue;
      const values = used.flatMap((metric) => metric.valuesOf(label));
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

test('names follow the conventions: counters end in _total, times are in seconds', () => {
  for (const { name, type } of own) {
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(name).not.toMatch(/_(ms|millis|milliseconds|bytes_total)$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  }
});

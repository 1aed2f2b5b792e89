import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readProjectFile } from '../../testing/project-files.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { runTool } from '../../testing/unpacked-tool.js';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy/prometheus');

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: Record<string, string>;
}
interface RuleFile {
  groups: { rules: Rule[] }[];
}
interface Example {
  name: string;
  promql_expr_test: { expr: string; exp_samples: { value: number }[] }[];
}
const readRules = (): RuleFile => parse(readProjectFile('deploy/prometheus/alerts.yaml')) as RuleFile;
const rules = readRules().groups.flatMap((group) => group.rules);
const { tests: examples } = parse(readProjectFile('deploy/prometheus/alerts.test.yaml')) as {
  tests: Example[];
};

/** The alerts that do not fire, or fire, contrary to the examples, with changed rules. */
function failuresWith(change: (rule: Rule) => void): { silent: string[]; noisy: string[] } {
  const copy = temporaryFolder();
  const file = readRules();
  for (const rule of file.groups.flatMap((group) => group.rules)) change(rule);
  writeFileSync(join(copy, 'alerts.yaml'), stringify(file));
  copyFileSync(join(folder, 'alerts.test.yaml'), join(copy, 'alerts.test.yaml'));
  const { output } = runTool('promtool', ['test', 'rules', 'alerts.test.yaml'], copy);
  const failed = [...output.matchAll(/alertname=\\"(\w+)\\".*\n\s+exp: (nil|\{\})/g)];
  const namesOf = (expected: string) =>
    failed.filter(([, , found]) => found === expected).map(([, name = '']) => name);
  return { silent: namesOf('{}'), noisy: namesOf('nil') };
}

test('promtool accepts the rules', () => {
  expect(runTool('promtool', ['check', 'rules', 'alerts.yaml'], folder)).toMatchObject({ passes: true });
});

test('every alert fires in one example and not in a similar one', () => {
  expect(runTool('promtool', ['test', 'rules', 'alerts.test.yaml'], folder)).toMatchObject({ passes: true });
  const shown = examples.map(({ name, promql_expr_test: tests }) => ({
    fires: / fires$/.test(name),
    alert: /^\w+/.exec(name)?.[0],
    asks: tests.map(
      ({ expr }) => /^count\(ALERTS\{alertname="(\w+)",alertstate="firing"\}\)$/.exec(expr)?.[1],
    ),
    counts: tests.flatMap(({ exp_samples: samples }) => samples.map(({ value }) => value)),
  }));
  expect(shown).toEqual(
    rules.flatMap(({ alert }) => [
      { fires: true, alert, asks: [alert], counts: [1] },
      { fires: false, alert, asks: [alert], counts: [] },
    ]),
  );
});

test('the examples fail with alerts that never fire, and with alerts that always do', () => {
  const names = rules.map(({ alert }) => alert);
  const never = failuresWith((rule) => {
    rule.expr = 'vector(0) > 1';
  });
  expect(never).toEqual({ silent: names, noisy: [] });
  const always = failuresWith((rule) => {
    rule.expr = 'vector(1)';
    delete rule.for;
  });
  expect(always).toEqual({ silent: [], noisy: names });
});

test('the examples fail where alerts that should wait fire at once', () => {
  const { silent, noisy } = failuresWith((rule) => {
    delete rule.for;
  });
  expect(silent).toEqual([]);
  expect(noisy).toEqual([
    'GatewayDown',
    'ModelsLabDown',
    'QueuePaused',
    'UnresolvedSubmissions',
    'AllSlotsHeld',
    'WalLarge',
    'SettingsConflict',
    'EventLoopBusy',
  ]);
});

test('every alert says what it is about and where its runbook is', () => {
  for (const { alert, labels, annotations } of rules) {
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
    expect(annotations['summary']).toMatch(/^[A-Z].{10,80}\.$/);
    expect(annotations['description']?.length).toBeGreaterThan(annotations['summary']?.length ?? 0);
    expect(annotations['runbook_url']).toBe(
      `https://docs.example.com/face-swap-gateway/runbooks/${alert}.md`,
    );
    expect(['critical', 'warning']).toContain(labels.severity);
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

import { existsSync, globSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { variableNames } from '../../src/config/config.js';
import { exportedSamples, prometheusMetrics } from '../../testing/exported-metrics.js';
import { readProjectFile } from '../../testing/project-files.js';
import { namesIn } from '../../testing/promql.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { runTool } from '../../testing/unpacked-tool.js';

const root = join(import.meta.dirname, '../..');
const { groups } = parse(readProjectFile('deploy/prometheus/alerts.yaml')) as {
  groups: { rules: { alert: string; expr: string; labels: { severity: string } }[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const samples = await exportedSamples();

const pages = globSync('docs/runbooks/*.md', { cwd: root })
  .map((path) => ({ name: basename(path, '.md'), text: readProjectFile(path) }))
  .filter(({ name }) => name !== 'README');

/** Lines of all code blocks of a language, without indentation and comments. */
const linesOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');

test('every alert has a runbook, and every runbook an alert', () => {
  expect(pages.map(({ name }) => name).sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

describe.each(rules)('$alert', ({ alert, expr, labels }) => {
  const { text } = pages.find(({ name }) => name === alert) ?? { text: '' };

  test('its runbook says what it means, what to look at with exact commands, and what to do', () => {
    expect(text.startsWith(`# ${alert}\n`)).toBe(true);
    expect(text).toContain(`Severity: ${labels.severity}.`);
    const [, meaning = '', look = '', action = ''] =
      /\n## What it means\n([\s\S]+)\n## What to look at\n([\s\S]+)\n## What to do\n([\s\S]+)\n---\n/.exec(
        text,
      ) ?? [];
    expect(meaning.trim().length).toBeGreaterThan(100);
    expect([...linesOf(look, 'sh'), ...linesOf(look, 'promql')].length).toBeGreaterThanOrEqual(2);
    expect(action.match(/^- /gm)?.length).toBeGreaterThanOrEqual(2);
    expect(linesOf(text, 'promql')[0]).toBe(expr);
  });

  test('its queries are valid, and use metrics and label values that exist', () => {
    const queries = linesOf(text, 'promql');
    const file = join(temporaryFolder(), 'queries.yaml');
    const record = queries.map((query, n) => ({ record: `q${n}`, expr: query }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules: record }] }));
    expect(runTool('promtool', ['check', 'rules', file], root)).toMatchObject({ passes: true });
    for (const query of queries) {
      const { metrics, matchers } = namesIn(query);
      const unknown = metrics.filter((name) => !samples.has(name) && !prometheusMetrics.includes(name));
      expect([query, unknown]).toEqual([query, []]);
      for (const [label, , value] of matchers) {
        const known = metrics.flatMap((name) => samples.get(name)?.valuesOf(label) ?? []);
        if (known.length > 0) expect(known).toEqual(expect.arrayContaining(value.split('|')));
      }
    }
  });

  test('its links lead somewhere, and the variables and log lines that it names exist', () => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect([target, existsSync(resolve(root, 'docs/runbooks', target))]).toEqual([target, true]);
    const sources = globSync('src/**/*.ts', { cwd: root }).map(readProjectFile).join('\n');
    for (const line of linesOf(text, 'sh'))
      for (const [, list = ''] of line.matchAll(/\.msg (?:==|\| IN\()([^)|}']*)/g))
        for (const [, message = ''] of list.matchAll(/"([^"]+)"/g))
          expect([message, sources.includes(message)]).toEqual([message, true]);
    const shell = ['YOUR_PUBLIC_URL', 'SWAP_ID', 'ADMIN_URL', 'REDIS_URL'];
    const variables = text.match(/(?<=[`$])[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+(?=[`="])/g) ?? [];
    const codes = ['SUBMISSION_UNKNOWN', 'TIMED_OUT', 'UPSTREAM_FAILED', 'UPSTREAM_ACCOUNT', 'UPSTREAM_BUSY'];
    const others = [
      'ACCOUNT_CREDITS',
      'INTERNAL_SERVER_ERROR',
      'NOT_POSSIBLE',
      'QUEUE_FULL',
      'ACCOUNT_CHECKS',
    ];
    for (const name of variables) expect([...variableNames, ...shell, ...codes, ...others]).toContain(name);
  });
});

test('the first page and docs/metrics.md list every alert with its severity', () => {
  for (const [path, folder] of [
    ['docs/runbooks/README.md', ''],
    ['docs/metrics.md', 'runbooks/'],
  ] as const) {
    const rows = [...readProjectFile(path).matchAll(/^\| \[(\w+)\]\((\S+)\.md\) \| (\w+) \|/gm)];
    expect(rows.map(([, name, target, severity]) => [name, target, severity])).toEqual(
      rules.map(({ alert, labels }) => [alert, folder + alert, labels.severity]),
    );
  }
});

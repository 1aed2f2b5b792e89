import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { secretVariableNames } from '../../src/config/config.js';
import { projectRoot, readProjectFile } from '../../testing/project-files.js';

const pages = [
  'docs/operations.md',
  ...globSync(['docs/operations/*.md', 'docs/runbooks/*.md'], { cwd: projectRoot }),
];

test('the rotation of every secret is described, in steps and at once, and of nothing else', () => {
  const [, table = ''] =
    /\n## Rotation\n([\s\S]+?)\n\nWith Docker/.exec(readProjectFile('docs/operations/secrets.md')) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \| (.*) \|$/gm)];
  expect(rows.map(([, name]) => name).sort()).toEqual([...secretVariableNames].sort());
  for (const [, name, steps = ''] of rows) expect([name, steps.length > 20]).toEqual([name, true]);
});

test('the Secret of Kubernetes has keys that are secrets', () => {
  const text = readProjectFile('docs/operations/kubernetes.md');
  const [, table = ''] = /\n## The Secret\n([\s\S]+?)\n\nWith one file/.exec(text) ?? [];
  const names = [...table.matchAll(/^\| (`.+`) \|/gm)].flatMap(([, cell = '']) =>
    [...(cell.split(' | ')[0]?.matchAll(/`(\w+)`/g) ?? [])].map(([, name]) => name),
  );
  expect(names.length).toBeGreaterThan(5);
  expect(secretVariableNames).toEqual(expect.arrayContaining(names));
});

test('the tests that the pages refer to exist', () => {
  for (const page of pages)
    for (const [, path = ''] of readProjectFile(page).matchAll(
      /`((?:test|testing)\/[\w./-]+\.(?:ts|sql|json))`/g,
    ))
      expect([page, path, existsSync(join(projectRoot, path))]).toEqual([page, path, true]);
});

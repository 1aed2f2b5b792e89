import { expect, test } from 'vitest';
import { parseClientsFile } from '../../src/clients/clients-file.js';
import { scopes } from '../../src/swap/principal.js';
import { readProjectFile } from '../../testing/project-files.js';

const page = readProjectFile('docs/access.md');

test('the clients file in docs/access.md is valid, and the table below it lists its fields', () => {
  const [, example = ''] = /```json\n([^`]*)```/.exec(page) ?? [];
  expect(parseClientsFile(example, { apiKeys: [], resultTtlMs: 86_400_000 })).toHaveProperty('clients');
  const { clients } = JSON.parse(example) as { clients: Record<string, object>[] };
  const fields = Object.entries(clients[0] ?? {}).flatMap(([name, value]) =>
    name === 'quotas' ? Object.keys(value).map((quota) => `quotas.${quota}`) : [name],
  );
  const [, table = ''] = /\| field \|[^\n]*\n\|---\|---\|\n((?:\|.*\n)*)/.exec(page) ?? [];
  expect([...table.matchAll(/^\| `([\w.]+)`/gm)].map(([, field]) => field)).toEqual(fields);
});

test('docs/access.md lists every scope once', () => {
  const [, table = ''] = /\| scope \|[^\n]*\n\|---\|---\|\n((?:\|.*\n)*)/.exec(page) ?? [];
  expect([...table.matchAll(/^\| `(\w+)`/gm)].map(([, scope]) => scope).sort()).toEqual([...scopes].sort());
});

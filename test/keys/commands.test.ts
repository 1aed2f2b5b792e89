import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type ClientStore, createFileStore, createVariableStore } from '../../src/keys/client-store.js';
import { runCommand, usage } from '../../src/keys/commands.js';
import { KeysError, type StoredClient } from '../../src/keys/edits.js';
import { sha256 } from '../../testing/clients-file.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const now = Date.UTC(2027, 0, 1);
const dayMs = 86_400_000;
const context = { apiKeys: [{ client: 'env', sha256: sha256('env-key') }], resultTtlMs: 7 * dayMs };
const after = (ms: number): string => new Date(now + ms).toISOString();

interface Tool {
  path: string;
  store: ClientStore;
  run(...args: string[]): string;
  clients(): StoredClient[];
}

/** The commands on a file, or on none yet. */
function open(clients?: object[]): Tool {
  const path = join(temporaryFolder(), 'clients.json');
  if (clients) writeFileSync(path, JSON.stringify({ clients }));
  const store = createFileStore(path, context);
  return {
    path,
    store,
    run: (...args) => runCommand(args, { store, now, environment: {} }).join('\n'),
    clients: () => (JSON.parse(readFileSync(path, 'utf8')) as { clients: StoredClient[] }).clients,
  };
}

/** The key that the output shows. */
const keyIn = (output: string): string => /^ {2}(fsg_[\w-]{43})$/m.exec(output)?.[1] ?? '';
const hash = (digit: string): string => digit.repeat(64);

test('create makes the file with a client, and shows the key once', () => {
  const { run, clients, path } = open();
  const output = run('create', 'web');
  expect(clients()).toEqual([{ name: 'web', keys: [{ sha256: sha256(keyIn(output)) }] }]);
  expect(output.split(keyIn(output))).toHaveLength(2);
  expect(output).toContain(`Changed ${path}`);
  expect(readFileSync(path, 'utf8')).not.toContain(keyIn(output));
});

test('a name alone creates a key, as before', () => {
  const { run, clients } = open();
  const output = run('web');
  expect(clients()).toEqual([{ name: 'web', keys: [{ sha256: sha256(keyIn(output)) }] }]);
});

test('create adds a key to a client that exists, and a client to the others', () => {
  const web = { name: 'web', keys: [{ sha256: hash('a') }], scopes: ['read'], watermark: 'required' };
  const { run, clients } = open([web]);
  const second = keyIn(run('create', 'web', '--expires', '90d'));
  const app = keyIn(run('create', 'app', '--scopes', 'swap, read'));
  expect(clients()).toEqual([
    { ...web, keys: [...web.keys, { sha256: sha256(second), expiresAt: after(90 * dayMs) }] },
    { name: 'app', keys: [{ sha256: sha256(app) }], scopes: ['swap', 'read'] },
  ]);
  expect(new Set([second, app]).size).toBe(2);
});

test('rotate lets the other keys expire after the overlap, unless they expire sooner', () => {
  const settings = { quotas: { swapsPerDay: 5 }, webhookSecretGeneration: 2 };
  const { run, clients } = open([
    {
      name: 'web',
      ...settings,
      keys: [
        { sha256: hash('a') },
        { sha256: hash('b'), expiresAt: '2027-01-01T06:00:00+01:00' },
        { sha256: hash('c'), expiresAt: '2028-01-01T00:00:00Z' },
        { sha256: hash('d'), expiresAt: after(-1) },
      ],
    },
    { name: 'app', keys: [{ sha256: hash('e') }] },
  ]);
  const output = run('rotate', 'web', '--overlap', '12h', '--expires', '2027-06-01T00:00:00Z');
  expect(clients()).toEqual([
    {
      name: 'web',
      ...settings,
      keys: [
        { sha256: hash('a'), expiresAt: after(dayMs / 2) },
        { sha256: hash('b'), expiresAt: '2027-01-01T06:00:00+01:00' },
        { sha256: hash('c'), expiresAt: after(dayMs / 2) },
        { sha256: sha256(keyIn(output)), expiresAt: '2027-06-01T00:00:00.000Z' },
      ],
    },
    { name: 'app', keys: [{ sha256: hash('e') }] },
  ]);
  expect(output).toContain(`stop working at ${after(dayMs / 2)}`);
});

test('without an option, the overlap is a day', () => {
  const { run, clients } = open([{ name: 'web', keys: [{ sha256: hash('a') }] }]);
  run('rotate', 'web');
  expect(clients()[0]?.keys[0]).toEqual({ sha256: hash('a'), expiresAt: after(dayMs) });
});

test('revoke removes all keys of a client, or the one that is named; its settings stay', () => {
  const web = {
    name: 'web',
    scopes: ['read'],
    keys: ['a', 'b', 'c'].map((digit) => ({ sha256: hash(digit) })),
  };
  const { run, clients } = open([web, { name: 'app', keys: [] }]);
  run('revoke', 'web', '--key', 'BBBBBB');
  expect(clients()[0]?.keys).toEqual([{ sha256: hash('a') }, { sha256: hash('c') }]);
  run('revoke', 'web');
  expect(clients()).toEqual([
    { ...web, keys: [] },
    { name: 'app', keys: [] },
  ]);
});

test('list shows each key by the start of its hash', () => {
  const { run } = open([
    {
      name: 'web',
      keys: [{ sha256: hash('a') }, { sha256: hash('b'), expiresAt: after(1000) }],
      scopes: ['read'],
    },
    { name: 'app', keys: [{ sha256: hash('c'), expiresAt: after(0) }] },
    { name: 'none', keys: [], scopes: [] },
  ]);
  expect(run('list').split('\n')).toEqual([
    'web  aaaaaaaaaaaa  read  no expiry',
    `web  bbbbbbbbbbbb  read  expires ${after(1000)}`,
    `app  cccccccccccc  all scopes  expired ${after(0)}`,
    'none  no key  no scopes',
  ]);
  expect(open().run('list')).toBe('no clients');
});

test.each<[string[], string | RegExp]>([
  [[], usage.join('\n')],
  [['create'], usage.join('\n')],
  [['create', 'a b'], usage.join('\n')],
  [['create', 'web', 'app'], usage.join('\n')],
  [['create', 'web', '--overlap', '1h'], usage.join('\n')],
  [['create', 'web', '--expires'], usage.join('\n')],
  [['rename', 'web'], usage.join('\n')],
  [['toString', 'web'], usage.join('\n')],
  [['list', 'web'], usage.join('\n')],
  [['create', 'new', '--scopes', 'swap,admin'], '--scopes: must be of swap, read, cancel, erase, upload'],
  [['create', 'web', '--scopes', 'swap'], 'web exists; change its scopes in the file'],
  [['create', 'web', '--expires', '3 weeks'], /^--expires: must be such as/],
  [['create', 'web', '--expires', '2026-12-31T23:59:59Z'], /^--expires: must be such as/],
  [['create', 'web', '--expires', '2027-02-01'], /^--expires: must be such as/],
  [['rotate', 'web', '--overlap', '-1h'], /usage|--overlap/],
  [['rotate', 'another'], 'there is no client another'],
  [['revoke', 'another'], 'there is no client another'],
  [['revoke', 'web', '--key', 'aaa'], /^--key: must be the first 6 or more/],
  [['revoke', 'web', '--key', 'abcdef'], 'web has 0 keys whose hash starts with abcdef'],
  [['revoke', 'web', '--key', 'aaaaaa'], 'web has 2 keys whose hash starts with aaaaaa'],
  [['create', 'env'], /clients\[1\]\.name: is also in GATEWAY_API_KEYS$/],
])('%j is rejected, and the file stays as it is', (args, message) => {
  const keys = [{ sha256: `${hash('a').slice(1)}0` }, { sha256: `${hash('a').slice(1)}1` }];
  const { run, path } = open([{ name: 'web', keys }]);
  const before = readFileSync(path, 'utf8');
  expect(() => run(...args)).toThrow(KeysError);
  expect(() => run(...args)).toThrow(message);
  expect(readFileSync(path, 'utf8')).toBe(before);
  expect(readdirSync(dirname(path))).toEqual(['clients.json']);
});

test('an invalid file is not changed, and its problems are named', () => {
  const { run, path } = open([{ name: 'web' }]);
  for (const args of [['create', 'app'], ['list'], ['revoke', 'web']])
    expect(() => run(...args)).toThrow(`${path}: clients[0].keys: must be a list of keys`);
  writeFileSync(path, '{');
  expect(() => run('create', 'app')).toThrow(`${path}: is not valid JSON`);
  expect(readFileSync(path, 'utf8')).toBe('{');
});

test('the file gets mode 0600, whatever it had, and nothing is left next to it', () => {
  const { run, path } = open();
  run('create', 'web');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  chmodSync(path, 0o644);
  run('create', 'web');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(path))).toEqual(['clients.json']);
});

test('the file is replaced, not overwritten, so that a gateway never reads half of it', () => {
  const { run, path } = open([]);
  const before = statSync(path).ino;
  run('create', 'web');
  expect(statSync(path).ino).not.toBe(before);
});

test('behind a symbolic link, the file is replaced and the link stays', () => {
  const { path, run, clients } = open([]);
  const link = join(dirname(path), 'link.json');
  symlinkSync('clients.json', link);
  const store = createFileStore(link, context);
  runCommand(['create', 'web'], { store, now, environment: {} });
  expect(clients()).toHaveLength(1);
  run('create', 'app');
  expect(store.read()).toHaveLength(2);
});

test('while another change is in progress, nothing is changed', () => {
  const { run, path, clients } = open([]);
  writeFileSync(`${path}.new`, '');
  expect(() => run('create', 'web')).toThrow(`${path}.new exists: another change is in progress`);
  expect(clients()).toEqual([]);
  expect(existsSync(`${path}.new`)).toBe(true);
});

test('without a file, the entry for GATEWAY_API_KEYS is printed', () => {
  const apiKeys = [
    { client: 'web', sha256: hash('a') },
    { client: 'app', sha256: hash('b') },
    { client: 'web', sha256: hash('c') },
  ];
  const store = createVariableStore({ apiKeys });
  const run = (...args: string[]): string => runCommand(args, { store, now, environment: {} }).join('\n');
  const created = run('create', 'new');
  const entries = (output: string): string[] =>
    /^ {2}GATEWAY_API_KEYS=(.*)$/m.exec(output)?.[1]?.split(',') ?? [];
  const [a, b, c] = [`web:${hash('a')}`, `app:${hash('b')}`, `web:${hash('c')}`];
  expect(entries(created)).toEqual([a, c, b, `new:${sha256(keyIn(created))}`]);
  const rotated = run('rotate', 'web');
  expect(entries(rotated)).toEqual([a, c, `web:${sha256(keyIn(rotated))}`, b]);
  expect(rotated).toContain('Remove the other keys of web');
  expect(entries(run('revoke', 'web', '--key', 'aaaaaa'))).toEqual([c, b]);
  expect(run('list').split('\n')).toEqual([
    'web  aaaaaaaaaaaa  all scopes  no expiry',
    'web  cccccccccccc  all scopes  no expiry',
    'app  bbbbbbbbbbbb  all scopes  no expiry',
  ]);
  for (const args of [
    ['create', 'x', '--scopes', 'read'],
    ['rotate', 'web', '--overlap', '1h'],
    ['create', 'x', '--expires', '1d'],
  ])
    expect(() => run(...args)).toThrow('needs CLIENTS_FILE');
  expect(() => run('rotate', 'another')).toThrow('there is no client another');
});

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadClients } from '../../src/clients/load-clients.js';
import { captureLog } from '../../testing/capture-log.js';
import {
  clientsJson,
  createClientsFile,
  keyOf,
  sha256,
  type TestClientsFile,
} from '../../testing/clients-file.js';
import { createManualClock } from '../../testing/manual-clock.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const defaults = { swapsPerDay: 9, maxWaiting: 7, requiresWatermark: false, requiresConsent: false };
const env = { client: 'env', sha256: sha256('env-key') };
const checkMs = 10_000;

async function load(file: Pick<TestClientsFile, 'path'> | undefined, changes: Partial<typeof defaults> = {}) {
  const logs = captureLog();
  const clock = createManualClock();
  const loaded = await loadClients({
    path: file?.path,
    apiKeys: [env],
    defaults: { ...defaults, ...changes },
    resultTtlMs: 7 * 86_400_000,
    clock,
    log: logs.log,
  });
  onTestFinished(async () => {
    const closed = loaded.close();
    await clock.advance(0);
    await closed;
  });
  /** Advances the clock past the next check of the file, and waits until it has ended. */
  const check = async (): Promise<void> => {
    await expect.poll(clock.sleepers).toBe(1);
    await clock.advance(checkMs);
    await expect.poll(clock.sleepers).toBe(1);
  };
  const find = (name: string) => loaded.registry.findKey(sha256(`${name}-key`));
  const lines = (level: string) => logs.lines().filter((line) => line['level'] === level);
  return { ...loaded, clock, check, find, errors: () => lines('error'), infos: () => lines('info') };
}

test('clients of the file and of GATEWAY_API_KEYS are found by their keys', async () => {
  const { find } = await load(
    createClientsFile(
      { name: 'web', scopes: ['read'], keys: [keyOf('web'), keyOf('second')] },
      { name: 'app' },
    ),
  );
  expect(find('web')).toEqual({
    client: 'web',
    kind: 'key',
    scopes: new Set(['read']),
    key: sha256('web-key'),
  });
  expect(find('second')?.client).toBe('web');
  const all = new Set(['swap', 'read', 'cancel', 'erase', 'upload']);
  expect(find('app')).toMatchObject({ client: 'app', kind: 'key', scopes: all });
  expect(find('env')).toMatchObject({ client: 'env', kind: 'key', scopes: all });
  expect(find('another')).toBeUndefined();
});

test('without a file there are the clients of GATEWAY_API_KEYS, and a reload changes nothing', async () => {
  const { find, reload, registry } = await load(undefined);
  await reload();
  expect(find('env')?.client).toBe('env');
  expect(registry.rulesOf('env')).toEqual(defaults);
});

test('a key is valid until it expires, to the millisecond', async () => {
  const clock = createManualClock();
  const expiresAt = clock.now() + 5000;
  const {
    find,
    registry,
    clock: own,
  } = await load(createClientsFile({ name: 'web', keys: [keyOf('web', expiresAt)] }));
  const principal = find('web');
  if (!principal) throw new Error('not found');
  own.step(4999);
  expect(find('web')).toBe(principal);
  expect(registry.isCurrent(principal)).toBe(true);
  own.step(1);
  expect(find('web')).toBeUndefined();
  expect(registry.isCurrent(principal)).toBe(false);
});

test('the keys of a client are those that are valid', async () => {
  const file = createClientsFile({
    name: 'web',
    scopes: ['read'],
    keys: [keyOf('web'), keyOf('expired', 1), keyOf('later', 4e12)],
  });
  const { registry } = await load(file);
  const scopes = new Set(['read']);
  expect(registry.keysOf('web')).toEqual([
    { sha256: sha256('web-key'), scopes },
    { sha256: sha256('later-key'), scopes, expiresAt: 4e12 },
  ]);
  expect(registry.keysOf('env')).toHaveLength(1);
  expect(registry.keysOf('another')).toEqual([]);
});

test('a client token is valid while it has not expired and its key has its scopes', async () => {
  const file = createClientsFile({ name: 'web', scopes: ['read'] });
  const { registry, clock } = await load(file);
  const token = {
    client: 'token:web:ada',
    kind: 'token',
    parent: 'web',
    key: sha256('web-key'),
    scopes: new Set(['read'] as const),
    expiresAt: clock.now() + 1000,
  } as const;
  expect(registry.isCurrent(token)).toBe(true);
  expect(registry.isCurrent({ ...token, parent: 'env' })).toBe(false);
  expect(registry.isCurrent({ ...token, key: sha256('env-key') })).toBe(false);
  expect(registry.isCurrent({ ...token, scopes: new Set(['read', 'swap'] as const) })).toBe(false);
  clock.step(1000);
  expect(registry.isCurrent(token)).toBe(false);
});

test('rules that a client leaves open are the defaults', async () => {
  const { registry } = await load(
    createClientsFile(
      { name: 'web', quotas: { maxWaiting: 2 }, watermark: 'required', webhookSecretGeneration: 4 },
      { name: 'app', quotas: { swapsPerDay: 'off' }, consent: 'required' },
    ),
  );
  expect(registry.rulesOf('web')).toEqual({ ...defaults, maxWaiting: 2, requiresWatermark: true });
  expect(registry.rulesOf('app')).toEqual({ ...defaults, swapsPerDay: undefined, requiresConsent: true });
  for (const client of ['env', 'jwt:web', 'local', 'web:x', 'token', '']) {
    expect(registry.rulesOf(client)).toEqual(defaults);
    expect(registry.webhookSecretGeneration(client)).toBe(1);
  }
  expect(registry.webhookSecretGeneration('web')).toBe(4);
});

test('a client token has the rules of the client that created it, whatever its subject', async () => {
  const { registry } = await load(createClientsFile({ name: 'web', watermark: 'required' }, { name: 'app' }));
  for (const sub of ['', 'app', 'app%3Ax', 'token:app'])
    expect(registry.rulesOf(`token:web:${sub}`)).toMatchObject({ requiresWatermark: true });
  expect(registry.rulesOf('token:app:web')).toEqual(defaults);
});

test('a client cannot be exempt from the consent that the gateway requires', async () => {
  const { registry } = await load(createClientsFile({ name: 'web', consent: 'client' }), {
    requiresConsent: true,
  });
  expect(registry.rulesOf('web')).toMatchObject({ requiresConsent: true });
});

test('a changed file takes effect within ten seconds, without a signal', async () => {
  const file = createClientsFile({ name: 'web' });
  const { find, registry, check, infos } = await load(file);
  const web = find('web');
  if (!web) throw new Error('not found');
  file.write({ name: 'app' });
  expect(find('web')).toBe(web);
  await check();
  expect(find('app')?.client).toBe('app');
  expect(find('web')).toBeUndefined();
  expect(registry.isCurrent(web)).toBe(false);
  expect(find('env')?.client).toBe('env');
  expect(infos()).toMatchObject([{ msg: 'loaded CLIENTS_FILE', clients: 1, keys: 1 }]);
  for (let n = 0; n < 3; n++) await check();
  expect(infos()).toHaveLength(1);
});

test('a file that Kubernetes replaces by renaming a link is read again', async () => {
  const folder = temporaryFolder();
  const mount = (version: string, text: string): void => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'clients.json'), text);
    symlinkSync(version, join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
  };
  mount('..1', clientsJson({ name: 'web' }));
  symlinkSync('..data/clients.json', join(folder, 'clients.json'));
  const { find, check } = await load({ path: join(folder, 'clients.json') });
  expect(find('web')).toBeDefined();
  mount('..2', clientsJson({ name: 'app' }));
  rmSync(join(folder, '..1'), { recursive: true });
  await check();
  expect(find('web')).toBeUndefined();
  expect(find('app')).toBeDefined();
});

test('an invalid file leaves the clients as they are, and is logged once until it changes', async () => {
  const file = createClientsFile({ name: 'web' });
  const { find, check, errors, infos } = await load(file);
  file.writeText('{"clients": [{"name": "canary"}, ');
  await check();
  expect(errors()).toMatchObject([{ file: file.path, problems: ['is not valid JSON'] }]);
  for (let n = 0; n < 3; n++) await check();
  file.write({ name: 'web', keys: [{ sha256: 'canary' }] });
  await check();
  expect(errors()).toHaveLength(2);
  expect(errors()[1]).toMatchObject({ problems: [expect.stringContaining('clients[0].keys[0].sha256')] });
  rmSync(file.path);
  await check();
  expect(errors()).toHaveLength(3);
  expect(errors()[2]).toMatchObject({ problems: ['cannot be read: ENOENT'] });
  for (let n = 0; n < 3; n++) await check();
  expect(errors()).toHaveLength(3);
  expect(JSON.stringify(errors())).not.toContain('canary');
  expect(find('web')?.client).toBe('web');
  expect(infos()).toEqual([]);
  file.write({ name: 'web' });
  await check();
  expect(infos()).toMatchObject([{ msg: 'loaded CLIENTS_FILE' }]);
});

test('a reload that was asked for is always logged', async () => {
  const file = createClientsFile({ name: 'web' });
  const { reload, find, errors, infos } = await load(file);
  await reload();
  expect(infos()).toHaveLength(1);
  file.writeText('');
  await reload();
  await reload();
  expect(errors()).toHaveLength(2);
  file.write({ name: 'app' });
  await reload();
  expect(infos()).toHaveLength(2);
  expect(find('app')).toBeDefined();
});

test('of concurrent reloads the last one reads the file last', async () => {
  const file = createClientsFile({ name: 'web' });
  const { reload, find } = await load(file);
  const reloads: Promise<void>[] = [];
  for (let n = 0; n < 20; n++) {
    file.write({ name: `client-${n}` });
    reloads.push(reload());
  }
  await Promise.all(reloads);
  expect(find('client-19')).toBeDefined();
  expect(find('client-18')).toBeUndefined();
});

test.each([
  ['keeps', 'its key gets a later expiry', { keys: [keyOf('web', 4e12)] }, true],
  ['keeps', 'other settings change', { watermark: 'required', quotas: { maxWaiting: 1 } }, true],
  ['keeps', 'it gets more scopes', { scopes: ['read', 'swap', 'upload'] }, true],
  ['loses', 'it loses a scope', { scopes: ['read'] }, false],
  ['loses', 'its key is removed', { keys: [keyOf('another')] }, false],
  ['loses', 'its key expires', { keys: [keyOf('web', 1)] }, false],
  ['loses', 'its key belongs to another client', { name: 'app', keys: [keyOf('web')] }, false],
] as const)('a client %s what it was admitted with when %s', async (_, _case, change, isCurrent) => {
  const file = createClientsFile({ name: 'web', scopes: ['read', 'swap'] });
  const { reload, find, registry } = await load(file);
  const principal = find('web');
  if (!principal) throw new Error('not found');
  file.write({ name: 'web', scopes: ['read', 'swap'], ...change } as never);
  await reload();
  expect(registry.isCurrent(principal)).toBe(isCurrent);
});

test('an invalid or missing file at start is an error with a line for each problem', async () => {
  const file = createClientsFile({ name: '' }, { name: 'env' });
  await expect(load(file)).rejects.toThrow(
    /^CLIENTS_FILE: clients\[0\]\.name: must have .*dashes or underscores$/,
  );
  file.write({ name: 'a', keys: [] }, { name: 'a', keys: [] }, { name: 'env', keys: [] });
  await expect(load(file)).rejects.toThrow(
    'CLIENTS_FILE: clients[1].name: is also in clients[0]\nCLIENTS_FILE: clients[2].name: is also in GATEWAY_API_KEYS',
  );
  rmSync(file.path);
  await expect(load(file)).rejects.toThrow('CLIENTS_FILE: cannot be read: ENOENT');
});

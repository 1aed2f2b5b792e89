import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { DCLinter } from 'dclint';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig, variableNames } from '../../src/config/config.js';
import { freePort } from '../../testing/free-port.js';
import { killWithParent } from '../../testing/kill-with-parent.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const text = readFileSync(join(import.meta.dirname, '../../compose.yaml'), 'utf8');

interface Service {
  ports?: string[];
  command?: string[];
  environment?: Record<string, string>;
  mem_limit?: string;
  secrets?: string[];
  healthcheck: { test: string[] };
  logging: { driver: string; options: Record<string, string> };
  networks: { front?: { ipv4_address?: string } };
  stop_grace_period: string;
}
/** The result of a dclint linter; its own types are lost, since their imports lack file extensions. */
interface LintResult {
  messages: { rule: string; message: string }[];
}
const { services, secrets } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};
const gateways = Object.entries(services).filter(([name]) => name.startsWith('gateway'));

/** Violations of the Compose specification's schema, and of dclint's rules except those about order. */
function problemsOf(compose: string): string[] {
  const file = join(temporaryFolder(), 'compose.yaml');
  writeFileSync(file, compose);
  const rules = { 'service-keys-order': 0, 'top-level-properties-order': 0 } as const;
  const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] });
  const results = linter.lintFiles([file], false) as LintResult[];
  return results.flatMap(({ messages }) => messages.map(({ rule, message }) => `${rule}: ${message}`));
}

test('compose.yaml follows the Compose specification', () => {
  expect(problemsOf(text)).toEqual([]);
});

test.each([
  ['a service', 'read_only: true', 'read_onyl: true'],
  ['a health check', 'start_period: 60s', 'strat_period: 60s'],
  ['a condition', 'condition: service_healthy', 'condition: service_helthy'],
  ['the top level', '\nnetworks:\n', '\nnetwroks:\n'],
])('a misspelled key in %s is found', (_what, right, wrong) => {
  expect(text).toContain(right);
  expect(problemsOf(text.replace(right, wrong))).toEqual([expect.stringContaining('invalid-schema')]);
});

test('the balancer proxies to the gateways, and they trust only the balancer', () => {
  expect(gateways).toHaveLength(2);
  const { environment, networks } = services['balancer'] ?? {};
  const targets = [...(environment?.['BALANCER_GATEWAYS'] ?? '').matchAll(/server ([\d.]+):(\d+) /g)];
  expect(targets.map(([, address, port]) => ({ address, port }))).toEqual(
    gateways.map(([, gateway]) => ({
      address: gateway.networks.front?.ipv4_address,
      port: gateway.environment?.['PORT'],
    })),
  );
  for (const [, { environment: own }] of gateways)
    expect(own?.['TRUST_PROXY']).toBe(networks?.front?.ipv4_address);
});

test('only the balancer is published: neither the gateways nor their administration', () => {
  const published = Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map(() => name));
  expect(published).toEqual(['balancer']);
  for (const [, { environment = {} }] of gateways) expect(environment).not.toHaveProperty('ADMIN_HOST');
});

test('gateways get no unknown variable, and enough time to shut down', () => {
  for (const [, { environment = {}, stop_grace_period }] of gateways) {
    const names = Object.keys(environment).map((name) => name.replace(/_FILE$/, ''));
    expect(variableNames).toEqual(expect.arrayContaining(names));
    expect(stop_grace_period).toBe('75s');
  }
});

test('Redis responds only after the write is on disk, and evicts nothing', () => {
  const command = services['redis']?.command ?? [];
  const settings = new Map(
    command.flatMap((word, n) => (word.startsWith('--') ? [[word, command[n + 1]] as const] : [])),
  );
  expect(Object.fromEntries(settings)).toMatchObject({
    '--appendonly': 'yes',
    '--appendfsync': 'always',
    '--maxmemory-policy': 'noeviction',
  });
});

test('every service has a memory limit, and Redis refuses writes before it reaches its own', () => {
  const gigabytes = (text = ''): number => Number(/^(\d+)gb?$/.exec(text)?.[1]);
  for (const [name, { mem_limit }] of Object.entries(services))
    expect([name, gigabytes(mem_limit)]).toEqual([name, expect.toSatisfy((size: number) => size > 0)]);
  const { command = [], mem_limit } = services['redis'] ?? {};
  const maxmemory = command[command.indexOf('--maxmemory') + 1];
  expect(2 * gigabytes(maxmemory)).toBeLessThanOrEqual(gigabytes(mem_limit));
});

test('every service keeps at most 100 MB of its log', () => {
  for (const [name, { logging }] of Object.entries(services))
    expect([name, logging]).toEqual([
      name,
      { driver: 'json-file', options: { 'max-size': '20m', 'max-file': '5' } },
    ]);
});

/** Files as the header of compose.yaml makes them, in place of /run/secrets. */
function secretFiles(): string {
  const folder = temporaryFolder();
  const values: Record<string, string> = {
    redis_password: `${'4be1'.repeat(8)}\n`,
    redis_url: `redis://:${'4be1'.repeat(8)}@redis:6379/0`,
    modelslab_api_key: 'mlk-7f3b9c0d2e4a',
    webhook_secret: 'kV5wQz8RtY2mNb7xJc4p\n',
    webhook_signing_secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    gateway_api_keys: `web:${'3f9a1c'.repeat(10)}a1b2\n`,
    metrics_token: 'T1h9mKq2xW8sLz5v\n',
  };
  expect(Object.keys(values).sort()).toEqual(Object.keys(secrets).sort());
  for (const [name, value] of Object.entries(values)) writeFileSync(join(folder, name), value);
  return folder;
}

test('a gateway starts with .env.example and the files of the secrets, and none is in its environment', () => {
  const folder = secretFiles();
  const example = parseEnv(readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8'));
  for (const [, { environment = {}, secrets: mounted = [] }] of gateways) {
    const files = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([, path]) => path.replace('/run/secrets/', '')).sort()).toEqual([...mounted].sort());
    const local = files.map(([name, path]) => [name, path.replace('/run/secrets', folder)]);
    const config = readConfig({
      ...example,
      ...environment,
      ...Object.fromEntries(local),
      PUBLIC_URL: 'https://swaps.example.com',
    });
    expect(config.redisUrl?.reveal()).toBe(readFileSync(join(folder, 'redis_url'), 'utf8'));
    expect(config.apiKeys).toHaveLength(1);
  }
  for (const name of Object.keys(secrets)) expect(secrets[name]?.file).toBe(`./secrets/${name}`);
});

test('Redis starts with its command, requires the password, and shows it to no other process', async () => {
  const folder = secretFiles();
  const port = await freePort();
  const { command = [], healthcheck } = services['redis'] as Service;
  // As Compose reads it, with the image's paths and entry point replaced.
  const localize = (word: string): string =>
    word
      .replaceAll('$$', '$')
      .replaceAll('/tmp/', `${folder}/`)
      .replaceAll('/run/secrets', folder)
      .replace('docker-entrypoint.sh ', '');
  const [shell = '', ...words] = command.map(localize);
  const own = ['--port', String(port), '--dir', folder, '--bind', '127.0.0.1'];
  const server = killWithParent(spawn(shell, [...words, ...own], { stdio: 'ignore' }));
  onTestFinished(() => void server.kill('SIGKILL'));
  const [, check = ''] = healthcheck.test;
  const healthy = () =>
    spawnSync('sh', ['-c', localize(check).replace('redis-cli', `redis-cli -p ${port}`)]).status;
  await expect.poll(healthy, { timeout: 10_000 }).toBe(0);
  const cli = (password: string) =>
    spawnSync('redis-cli', ['-p', String(port), 'config', 'get', 'appendfsync'], {
      encoding: 'utf8',
      env: { ...process.env, REDISCLI_AUTH: password },
    }).stdout;
  expect(cli('4be1'.repeat(8))).toContain('always');
  expect(cli('')).toContain('NOAUTH');
  const seen = spawnSync('ps', ['-o', 'args=', '-p', String(server.pid)], { encoding: 'utf8' }).stdout;
  expect(seen).toContain('redis-server');
  expect(seen).not.toContain('4be1');
});

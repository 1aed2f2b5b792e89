import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { variableNames } from '../../src/config/config.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const text = readFileSync(join(import.meta.dirname, '../../compose.yaml'), 'utf8');

interface Service {
  ports?: string[];
  command?: string[];
  environment?: Record<string, string>;
  mem_limit?: string;
  networks: { front?: { ipv4_address?: string } };
  stop_grace_period: string;
}
/** The result of a dclint linter; its own types are lost, since their imports lack file extensions. */
interface LintResult {
  messages: { rule: string; message: string }[];
}
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
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
    expect(variableNames).toEqual(expect.arrayContaining(Object.keys(environment)));
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

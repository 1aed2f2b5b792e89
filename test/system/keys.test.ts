import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClientsFile, sha256 } from '../../testing/clients-file.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGateway } from '../../testing/start-gateway.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { patienceMs } from '../../testing/timeouts.js';

const main = join(import.meta.dirname, '../../dist/src/keys/main.js');

function keys(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
    timeout: 2 * patienceMs,
  });
  const [, key = ''] = /^ {2}(fsg_[\w-]{43})$/m.exec(stdout) ?? [];
  return { status, stdout, stderr, key };
}

test('a key is created, rotated and revoked while a gateway runs', async () => {
  const file = createClientsFile({ name: 'web', keys: [], scopes: ['read'] });
  const env = { CLIENTS_FILE: file.path, GATEWAY_API_KEYS: keysFor('env') };
  const gateway = await startGateway(env);
  const statusOf = async (key: string): Promise<number> => {
    await gateway.gateway.reload();
    const headers = { authorization: `Bearer ${key}` };
    return (await gateway.graphql('{ swaps { edges { node { id } } } }', {}, headers)).status;
  };
  const first = keys(['create', 'web'], env).key;
  expect(await statusOf(first)).toBe(200);
  const second = keys(['rotate', 'web'], env).key;
  expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
  keys(['revoke', 'web', '--key', sha256(first).slice(0, 8)], env);
  expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
  expect(keys(['list'], env).stdout).toContain(`web  ${sha256(second).slice(0, 12)}  read`);
  expect(statSync(file.path).mode & 0o777).toBe(0o600);
  keys(['revoke', 'web'], env);
  expect(await statusOf(second)).toBe(401);
  expect((await gateway.graphql('{ gatewayStatus { version } }', {}, bearer('env'))).status).toBe(200);
});

test('--file goes before CLIENTS_FILE', () => {
  const file = join(temporaryFolder(), 'other.json');
  const { status, key } = keys(['--file', file, 'create', 'web'], { CLIENTS_FILE: '/nowhere/clients.json' });
  expect(status).toBe(0);
  expect(keys(['list', '--file', file]).stdout).toContain(sha256(key).slice(0, 12));
});

test.each<[string[], Record<string, string>, string]>([
  [[], {}, 'usage: npm run keys -- COMMAND'],
  [['list', '--file'], {}, 'usage: npm run keys -- COMMAND'],
  [['create', 'web'], { CLIENTS_FILE: '/nowhere/clients.json' }, 'ENOENT'],
  [['create', 'web'], { GATEWAY_API_KEYS: 'web' }, 'GATEWAY_API_KEYS: must be entries of the form'],
])('%j exits with 1 and a message', (args, env, message) => {
  const { status, stdout, stderr } = keys(args, env);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('without CLIENTS_FILE, a name prints the entry for GATEWAY_API_KEYS', () => {
  const { stdout, key } = keys(['web']);
  expect(stdout).toContain(`GATEWAY_API_KEYS=web:${sha256(key)}`);
});

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const script = join(import.meta.dirname, '../../scripts/backup.ts');

async function run(env: Record<string, string>, ...args: string[]) {
  const failed = (error: { code: number; stdout: string; stderr: string }) => error;
  const options = { env: { PATH: process.env['PATH'], ...env } };
  const done = await promisify(execFile)(process.execPath, [script, ...args], options).catch(failed);
  return { code: 0, ...done };
}

/** Stands for the admin server of a gateway. */
async function startAdmin(respond: (response: ServerResponse) => unknown): Promise<Record<string, string>> {
  const server = createServer((request, response) => {
    const isAllowed = request.method === 'POST' && request.headers.authorization === 'Bearer the admin token';
    if (isAllowed && request.url === '/backup') respond(response);
    else response.writeHead(401).end('who are you?');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { ADMIN_PORT: String((server.address() as AddressInfo).port), ADMIN_TOKEN: 'the admin token' };
}

test('the command writes a checked backup of a running gateway', async () => {
  const dataDir = temporaryFolder();
  const ADMIN_TOKEN = 'a-token-for-operators';
  const running = await startGateway({ DATA_DIR: dataDir, ADMIN_PORT: '0', ADMIN_TOKEN });
  await requestSwap(running, {}, { wait: 30 });
  const env = { ADMIN_URL: String(running.gateway.adminUrl), ADMIN_TOKEN };
  const folder = temporaryFolder();
  const file = join(folder, 'backup.sqlite');
  const { code, stdout, stderr } = await run(env, file);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/backup\.sqlite: \d+ bytes, 1 swaps \(0 open\), as of 20\d\d-/);
  expect(readFileSync(file).toString('latin1', 0, 15)).toBe('SQLite format 3');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['backup.sqlite']);
  expect(readdirSync(dataDir).filter((name) => name.includes('backup'))).toEqual([]);
});

test.each([
  [
    'is refused',
    (response: ServerResponse) => response.writeHead(503).end('the disk is full'),
    'the disk is full',
  ],
  [
    'breaks off',
    (response: ServerResponse) => {
      response.writeHead(200);
      response.write('SQLite format 3', () => response.destroy());
    },
    'no backup: ',
  ],
  [
    'is damaged',
    (response: ServerResponse) => response.writeHead(200).end('not SQL!!'),
    'file is not a database',
  ],
  ['is none of this gateway', (response: ServerResponse) => response.writeHead(404).end(), 'Redis'],
])('an earlier backup stays if the new one %s', async (_what, respond, message) => {
  const env = await startAdmin(respond);
  const folder = temporaryFolder();
  const file = join(folder, 'backup.sqlite');
  writeFileSync(file, 'an earlier backup');
  const { code, stderr } = await run(env, file);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(readFileSync(file, 'utf8')).toBe('an earlier backup');
  expect(readdirSync(folder)).toEqual(['backup.sqlite']);
});

test('the command says what it needs', async () => {
  const env = await startAdmin((response) => response.end());
  const file = join(temporaryFolder(), 'backup.sqlite');
  expect((await run(env)).stderr).toContain('usage: npm run backup -- FILE');
  expect((await run({}, file)).stderr).toContain('ADMIN_PORT');
  expect((await run({ ...env, ADMIN_TOKEN: 'wrong' }, file)).stderr).toContain('(401): who are you?');
  expect(existsSync(file)).toBe(false);
});

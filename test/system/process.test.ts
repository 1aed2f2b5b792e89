import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClientsFile } from '../../testing/clients-file.js';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { answers, startStubModelsLab } from '../../testing/stub-modelslab.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { patienceMs } from '../../testing/timeouts.js';

const main = join(import.meta.dirname, '../../dist/src/main.js');

function runToEnd(env: Record<string, string>, node = process.execPath) {
  const { status, stdout, stderr } = spawnSync(node, [main], {
    env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: temporaryFolder(), ...env },
    encoding: 'utf8',
    timeout: 2 * patienceMs,
  });
  return { status, stdout, lines: stderr.split('\n').filter((line) => line !== '') };
}

test('an invalid configuration exits with 1 and one line per invalid variable', () => {
  const { status, lines } = runToEnd({ PORT: '99999', MODELSLAB_QUEUE_LIMIT: 'many', PUBLIC_URL: 'nowhere' });
  expect(status).toBe(1);
  expect(lines.map((line) => line.split(':')[0]).sort()).toEqual([
    'MODELSLAB_QUEUE_LIMIT',
    'PORT',
    'PUBLIC_URL',
  ]);
});

test('a port in use exits with 1 and one line', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const port = String((server.address() as AddressInfo).port);
  expect(runToEnd({ PORT: port })).toMatchObject({
    status: 1,
    lines: [expect.stringMatching(new RegExp(`^PORT: .*${port} is already in use`))],
  });
});

test('a read-only data directory exits with 1 and one line', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(runToEnd({ DATA_DIR: join(file, 'data') })).toMatchObject({
    status: 1,
    lines: [expect.stringMatching(/^DATA_DIR/)],
  });
  chmodSync(folder, 0o700);
});

test('a second gateway on the same data directory does not start, since it would pay for the same swaps again', async () => {
  const DATA_DIR = temporaryFolder();
  await startGatewayProcess({ DATA_DIR });
  expect(runToEnd({ DATA_DIR })).toMatchObject({
    status: 1,
    lines: [expect.stringMatching(/^DATA_DIR .*another gateway/)],
  });
});

test('SIGTERM exits with 0, and accepted swaps are kept', async () => {
  const DATA_DIR = temporaryFolder();
  const first = await startGatewayProcess({
    DATA_DIR,
    MODELSLAB_API_KEY: 'key',
    MODELSLAB_BASE_URL: 'http://127.0.0.1:1',
  });
  const { id } = await requestSwap(first);
  expect(await first.kill('SIGTERM')).toBe(0);
  const second = await startGatewayProcess({
    DATA_DIR,
    MODELSLAB_API_KEY: 'key',
    MODELSLAB_BASE_URL: 'http://127.0.0.1:1',
  });
  expect(await readSwap(second, id)).toMatchObject({ status: 'QUEUED' });
});

test('SIGHUP reloads CLIENTS_FILE; an invalid one is logged in one line, and the process goes on', async () => {
  const file = createClientsFile({ name: 'web' });
  const gateway = await startGatewayProcess({ CLIENTS_FILE: file.path, DATA_DIR: temporaryFolder() });
  const statusOf = async (client: string): Promise<number> =>
    (await gateway.graphql('{ gatewayStatus { version } }', {}, bearer(client))).status;
  const problems = (): string[] =>
    gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('"problems"'));
  file.write({ name: 'app' });
  gateway.child.kill('SIGHUP');
  await expect.poll(() => statusOf('app')).toBe(200);
  expect(await statusOf('web')).toBe(401);
  file.writeText('{}');
  gateway.child.kill('SIGHUP');
  await expect.poll(problems).toEqual([expect.stringContaining('clients: must be a list of clients')]);
  expect(await statusOf('app')).toBe(200);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('a gateway whose terminal is closed ends, also with a CLIENTS_FILE to reload', async () => {
  const { path } = createClientsFile({ name: 'web' });
  // `script` runs a command in a terminal of its own, which is gone once `script` is.
  const terminal = spawn(
    'script',
    ['-qfc', `echo pid $$; exec '${process.execPath}' '${main}'`, '/dev/null'],
    {
      env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: temporaryFolder(), CLIENTS_FILE: path },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  onTestFinished(() => void terminal.kill('SIGKILL'));
  let output = '';
  terminal.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const urlIn = (): string | undefined => /ready at (http:\/\/[\d.:]+)/.exec(output)?.[1];
  await expect.poll(urlIn).toBeDefined();
  const pid = Number(/pid (\d+)/.exec(output)?.[1]);
  onTestFinished(() => {
    if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
  });
  const isAlive = (): Promise<boolean> =>
    fetch(`${urlIn()}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
  expect(await isAlive()).toBe(true);
  terminal.kill('SIGKILL');
  await expect.poll(isAlive).toBe(false);
});

test('an invalid CLIENTS_FILE at start exits with 1 and one line per problem', () => {
  const file = createClientsFile({ name: 'web' }, { name: 'web', keys: [{ sha256: 'canary' }] });
  const line =
    'CLIENTS_FILE: clients[1].keys[0].sha256: must be the SHA-256 of the key in hexadecimal, 64 digits';
  expect(runToEnd({ CLIENTS_FILE: file.path })).toMatchObject({ status: 1, lines: [line] });
  file.write({ name: 'web' }, { name: 'web', keys: [] }, { name: 'env', keys: [] });
  expect(runToEnd({ CLIENTS_FILE: file.path, GATEWAY_API_KEYS: keysFor('env') })).toMatchObject({
    status: 1,
    lines: [
      'CLIENTS_FILE: clients[1].name: is also in clients[0]',
      'CLIENTS_FILE: clients[2].name: is also in GATEWAY_API_KEYS',
    ],
  });
  expect(runToEnd({ CLIENTS_FILE: '/nowhere/clients.json' })).toMatchObject({
    status: 1,
    lines: ['CLIENTS_FILE: cannot be read: ENOENT'],
  });
});

test('at SIGTERM requests that wait for the end of a swap get its current state', async () => {
  const upstream = await startStubModelsLab();
  upstream.handle((call) => call.answer(200, answers.processing(1, 600)));
  const gateway = await startGatewayProcess({ ...upstream.env, DATA_DIR: temporaryFolder() });
  const waiting = requestSwap(gateway, {}, { wait: 60 });
  await upstream.submission(0);
  expect(await gateway.kill('SIGTERM')).toBe(0);
  expect(await waiting).toMatchObject({ id: expect.any(String), output: [] });
});

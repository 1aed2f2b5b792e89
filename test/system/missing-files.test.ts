import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { readSwap, requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const root = join(import.meta.dirname, '../..');
const query = JSON.stringify({ query: '{ gatewayStatus { processing queued } }' });

test('a gateway whose modules are removed at run time, as by npm ci, keeps serving what it has already loaded', async () => {
  const installation = temporaryFolder();
  cpSync(join(root, 'dist'), join(installation, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(installation, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(installation, 'node_modules'));
  const gateway = await startGatewayProcess(
    { DATA_DIR: temporaryFolder() },
    relative(root, join(installation, 'dist/src/main.js')),
  );
  rmSync(join(installation, 'node_modules'));
  rmSync(join(installation, 'dist'), { recursive: true });

  const sample = (name: string): string => `${gateway.url}/samples/${name}.jpg`;
  const { id } = await requestSwap(gateway, {
    initImage: sample('ada'),
    targetImage: sample('bruno'),
    referenceImage: sample('ada'),
  });
  for (let round = 0; round < 10; round += 1) {
    const response = await gateway.graphql('{ gatewayStatus { processing queued } }', {});
    expect(response).toHaveProperty('data.gatewayStatus');
  }
  await expect.poll(() => gateway.output().match(/cannot load the query compiler/g)?.length).toBe(1);
  // The sandbox cannot load its drawing library.
  await expect.poll(async () => (await readSwap(gateway, id))?.status).toBe('FAILED');
  expect((await fetch(gateway.url)).status).toBeLessThan(600);
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('at the file descriptor limit new connections fail, existing ones are served, and the gateway recovers', async () => {
  const gateway = await startGatewayProcess({
    DATA_DIR: temporaryFolder(),
    MAX_UPLOADS_PER_CLIENT: 'off',
  });
  const { hostname, port } = new URL(gateway.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const visit = async (path: string): Promise<IncomingMessage> => {
    const outgoing = request(`${gateway.url}${path}`, { agent });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    await text(response);
    return response;
  };
  const send = async (): Promise<string> => {
    const outgoing = request(`${gateway.url}/graphql`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    outgoing.end(query);
    const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
    return text(response);
  };
  expect(await send()).toContain('gatewayStatus');

  const open = readdirSync(`/proc/${gateway.child.pid}/fd`).length;
  const free = 10;
  execFileSync('prlimit', ['--pid', String(gateway.child.pid), `--nofile=${open + free}:`]);
  const crowd: Socket[] = [];
  onTestFinished(() => {
    for (const socket of crowd) socket.destroy();
  });
  for (let n = 0; n < 10 * free; n += 1) {
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    crowd.push(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  }
  for (let round = 0; round < 10; round += 1) expect(await send()).toContain('gatewayStatus');
  // The page is in memory, its scripts are read from disk.
  expect(await visit('/')).toMatchObject({ statusCode: 200 });
  const [script] = readdirSync(join(import.meta.dirname, '../../dist/web/assets'));
  expect(await visit(`/assets/${script}`)).toMatchObject({
    statusCode: 503,
    headers: { 'retry-after': '5' },
  });
  expect(gateway.child.exitCode).toBe(null);

  for (const socket of crowd) socket.destroy();
  await expect
    .poll(() =>
      fetch(`${gateway.url}/livez`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

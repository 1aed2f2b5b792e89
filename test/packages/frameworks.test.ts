import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startBrowser } from '../../testing/browser.js';
import { freePort } from '../../testing/free-port.js';
import { killWithParent } from '../../testing/kill-with-parent.js';
import { startGateway } from '../../testing/start-gateway.js';
import { createAppProjects, run, shellEnv, succeed } from './app-projects.js';

const projects = createAppProjects();
let vite = '';
let next = '';
beforeAll(async () => {
  [vite, next] = await Promise.all([projects.create('vite-react'), projects.create('next')]);
});
afterAll(() => projects.remove());

test('a Vite and React project compiles strictly, with all declarations, and swaps an upload in Chromium', async () => {
  expect(await run(vite, process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'])).toEqual({
    exitCode: 0,
    output: '',
  });
  await succeed(vite, process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']);
  const origin = await serveFolder(join(vite, 'dist'));
  const gateway = await startGateway({ ALLOWED_ORIGINS: origin });

  const page = await (await startBrowser()).newPage();
  await page.goto(`${origin}/index.html?gateway=${gateway.url}`);
  const sample = await (await fetch(`${gateway.url}/samples/ada.jpg`)).bytes();
  const picture = { name: 'ada.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(sample) };
  await page.getByLabel('Picture').setInputFiles(picture);
  await page.getByRole('button', { name: 'Swap faces' }).click();
  await page.getByRole('status').filter({ hasText: 'SUCCEEDED' }).waitFor();
  await page.waitForFunction('[...document.images].every(({ naturalWidth }) => naturalWidth > 0)');
});

test('a Next.js project builds, swaps on the server while it renders, and in the page', async () => {
  const offline = { NEXT_TELEMETRY_DISABLED: '1', CI: 'true' };
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const gateway = await startGateway({ ALLOWED_ORIGINS: origin });
  const nextBin = 'node_modules/next/dist/bin/next';
  const built = await succeed(next, process.execPath, [nextBin, 'build'], offline);
  expect(built).not.toMatch(/warn|could not|fail/i);

  const server = killWithParent(
    spawn(process.execPath, [nextBin, 'start', '--port', String(port), '--hostname', '127.0.0.1'], {
      cwd: next,
      env: { ...shellEnv, ...offline, GATEWAY_URL: gateway.url },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    }),
  );
  onTestFinished(() => void server.kill('SIGKILL'));
  let output = '';
  for await (const chunk of server.stdout) {
    output += String(chunk);
    if (output.includes('Ready')) break;
  }

  const html = await (await fetch(origin)).text();
  expect(html).toMatch('SUCCEEDED<!-- --> on the server');
  // The hooks render on the server as well.
  expect(html).toMatch('nothing yet');
  const page = await (await startBrowser()).newPage();
  await page.goto(origin);
  await page.getByRole('button', { name: 'Swap faces' }).click();
  await page.getByRole('img', { name: "The page's result" }).waitFor({ state: 'attached' });
  await page.waitForFunction('[...document.images].every(({ naturalWidth }) => naturalWidth > 0)');
});

const contentTypes: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

async function serveFolder(folder: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '', 'http://page').pathname;
    const body = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { 'content-type': contentTypes[extname(path)] ?? 'text/plain' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

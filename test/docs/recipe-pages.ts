import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../testing/chromium.js';
import { freePort } from '../../testing/free-port.js';
import { patienceMs } from '../../testing/timeouts.js';
import type { Run } from './recipe-process.js';
import type { RecipeProjects } from './recipe-project.js';

/** The recipes for pages, built by Vite, on an origin other than the gateway's. */
export interface RecipePages {
  /** What the gateway needs so that the pages reach it: their port, and permission for their origin. */
  env: { PORT: string; ALLOWED_ORIGINS: string };
  /** A recipe in a browser profile of its own, loaded anew, without anything stored but a token. */
  open(recipe: string, token: string): Promise<Page>;
  close(): Promise<void>;
}

const contentTypes: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

export async function buildRecipePages({ folder, pages, write, tool }: RecipeProjects): Promise<RecipePages> {
  const port = await freePort();
  write('.env', `VITE_GATEWAY_URL=http://127.0.0.1:${port}\n`);
  await Promise.all([
    succeed(tool('apollo', '@graphql-codegen/cli/esm/bin.js', '--config', 'src/codegen.yml')),
    succeed(tool('relay', 'relay-compiler/cli.js')),
  ]);
  for (const page of pages.filter((page) => page !== 'apollo'))
    cpSync(join(folder, 'apollo/src/generated'), join(folder, page, 'src/generated'), { recursive: true });
  await succeed(tool('.', 'vite/bin/vite.js', 'build', '--logLevel', 'warn'));

  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '', 'http://page').pathname;
    const body = await readFile(join(folder, 'dist', path)).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { 'content-type': contentTypes[extname(path)] ?? 'text/plain' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await launchChromium();
  const tabs = new Map<string, Page>();
  return {
    env: { PORT: String(port), ALLOWED_ORIGINS: origin },
    async open(recipe, token) {
      const page = tabs.get(recipe) ?? (await newTab(browser));
      tabs.set(recipe, page);
      await page.unrouteAll();
      await page.goto(`${origin}/${recipe}/index.html`);
      await page.evaluate((token) => {
        sessionStorage.clear();
        sessionStorage.setItem('gateway-token', token);
      }, token);
      await page.reload();
      return page;
    },
    async close() {
      await browser.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

async function newTab(browser: Browser): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(2 * patienceMs);
  return page;
}

async function succeed(run: Run): Promise<void> {
  const ending = await run.ended;
  if (ending.exitCode !== 0) throw new Error(JSON.stringify(ending));
}

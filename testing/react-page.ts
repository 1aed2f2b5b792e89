import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { onTestFinished } from 'vitest';
import { startBrowser } from './browser.js';
import { samplePicture } from './pictures.js';

const root = join(import.meta.dirname, '..');

export interface ReactPages {
  /** The origin of the pages, another one than the gateway's. */
  origin: string;
  /** Opens `test/browser/react-page.ts` in a tab; tabs share their storage. */
  open(query: Record<string, string>): Promise<OpenPage>;
}

export interface OpenPage {
  page: Page;
  /** What the element shows. */
  read(id: string): Promise<unknown>;
  click(name: string): Promise<void>;
}

type Files = Map<string, string | Uint8Array>;

/** Bundled once per test file. */
let bundled: Promise<{ entry: string; files: Files }> | undefined;

async function bundlePage(): Promise<{ entry: string; files: Files }> {
  const bundle = await rolldown({
    input: join(root, 'test/browser/react-page.ts'),
    platform: 'browser',
    tsconfig: false,
    // 'use client' means something to servers only.
    onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    resolve: {
      alias: { '@face-swap-gateway/client': join(root, 'packages/client/src/index.ts') },
      extensionAlias: { '.js': ['.ts', '.js'] },
    },
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
  });
  const { output } = await bundle.generate({ format: 'esm' });
  const files: Files = new Map(
    output.map((file) => [`/${file.fileName}`, 'code' in file ? file.code : file.source]),
  );
  return { entry: output[0].fileName, files };
}

/** Serves the page as an application would be served by its own server. */
export async function startReactPages(): Promise<ReactPages> {
  bundled ??= bundlePage();
  const { entry, files } = await bundled;
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const script = files.get(pathname);
    if (pathname === '/picture') response.end(samplePicture('ada'));
    else if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script);
    else
      response
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><body><script type="module" src="/${entry}"></script></body>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await startBrowser();
  const context = await browser.newContext();
  return {
    origin,
    async open(query) {
      const page = await context.newPage();
      await page.goto(`${origin}/?${new URLSearchParams(query)}`);
      return {
        page,
        read: async (id) => JSON.parse((await page.locator(`#${id}`).textContent()) ?? 'null'),
        click: (name) => page.getByRole('button', { name, exact: true }).click(),
      };
    },
  };
}

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { startBrowser } from '../../testing/browser.js';
import { startGateway } from '../../testing/start-gateway.js';

const root = join(import.meta.dirname, '../../dist/web');
const decode = { br: brotliDecompressSync, gzip: gunzipSync, identity: Buffer.from } as const;

test('the first load is at most 150 KB of script, compressed', () => {
  const bytes = globSync('assets/*.js', { cwd: root }).map(
    (file) => gzipSync(readFileSync(join(root, file))).length,
  );
  expect(bytes.length).toBeGreaterThan(0);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150 * 1024);
});

test('the first load is at most 250 KB, with pictures and font', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(gateway.url);
  await page.getByAltText('New face: Farah').waitFor();
  await page.waitForLoadState('networkidle');
  expect(bytes).toBeGreaterThan(150_000);
  expect(bytes).toBeLessThanOrEqual(250 * 1024);
});

test('an idle page makes at most 4 requests a minute', async () => {
  const gateway = await startGateway();
  const page = await (await startBrowser()).newPage();
  await page.clock.install();
  await page.goto(gateway.url);
  await page.getByAltText('New face: Farah').waitFor();
  await page.waitForLoadState('networkidle');
  let requests = 0;
  page.on('request', () => requests++);
  for (let second = 0; second < 60; second++) {
    await page.clock.runFor(1000);
    await page.waitForLoadState('networkidle');
  }
  expect(requests).toBeGreaterThan(0);
  expect(requests).toBeLessThanOrEqual(4);
});

test.each(['/', '/swaps/01234567-89ab-4cde-8f01-23456789abcd'])(
  '%s has no inline script or style and nothing from other origins',
  async (path) => {
    const { url } = await startGateway();
    const html = (await (await fetch(`${url}${path}`)).text()).replace(
      /<script type="application\/json".*?<\/script>/,
      '',
    );
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|<style|\son\w+=/);
    const urls = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, found]) => found);
    expect(urls.length).toBeGreaterThan(10);
    for (const found of urls) expect(found).toMatch(/^(#|\/(\w|$))/);
  },
);

test.each(['/', '/swaps/01234567-89ab-4cde-8f01-23456789abcd'])(
  '%s is revalidated, and compressed as the browser accepts it',
  async (path) => {
    const { url } = await startGateway();
    const page = await fetch(`${url}${path}`, { headers: { 'accept-encoding': 'identity' } });
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await page.text();
    for (const [accepted, encoding] of [
      ['br', 'br'],
      ['gzip, deflate, br', 'br'],
      ['gzip, br;q=0', 'gzip'],
      ['deflate', undefined],
    ] as const) {
      // Not with `fetch`, which bypasses the cache when the header of the cache is set.
      const headers = { 'accept-encoding': accepted };
      const served = await request(`${url}${path}`, { headers });
      expect(served.headers['content-encoding']).toBe(encoding);
      expect(served.headers['vary']).toMatch(/accept-encoding/i);
      const bytes = await served.body.bytes();
      expect(decode[encoding ?? 'identity'](bytes).toString()).toBe(html);
      const tag = String(served.headers.etag);
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`])
        expect(
          (await request(`${url}${path}`, { headers: { ...headers, 'if-none-match': known } })).statusCode,
        ).toBe(304);
      const other = await request(`${url}${path}`, { headers: { ...headers, 'if-none-match': '"other"' } });
      expect(other.statusCode).toBe(200);
    }
  },
);

test('files are cached for a year and compressed', async () => {
  const { url } = await startGateway();
  const script = globSync('assets/index-*.js', { cwd: root })[0] ?? '';
  const served = await fetch(`${url}/${script}`, { headers: { 'accept-encoding': 'br' } });
  expect(served.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(served.headers.get('content-encoding')).toBe('br');
  expect(await served.text()).toBe(readFileSync(join(root, script), 'utf8'));
});

test.each(['/docs/schema.graphql.txt', '/docs/clients.md.txt'])(
  '%s is shown as text, compressed',
  async (path) => {
    const { url } = await startGateway();
    for (const encoding of ['br', 'identity']) {
      const served = await fetch(`${url}${path}`, { headers: { 'accept-encoding': encoding } });
      expect(served.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(served.headers.get('content-encoding')).toBe(encoding === 'br' ? 'br' : null);
      expect((await served.text()).length).toBeGreaterThan(5000);
    }
  },
);

test.each([
  '/index.js',
  '/index.html',
  '/start.html',
  '/assets/',
  '/assets/nothing.js',
  '/assets/..%2findex.html',
  '/etc/passwd',
])('%s does not exist', async (path) => {
  const { url } = await startGateway();
  expect((await fetch(`${url}${path}`)).status).toBe(404);
});

import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { GatewayOverrides } from '../../src/app/gateway-overrides.js';
import {
  give,
  readArchive,
  type SeenArchive,
  startPictureHost,
  startPlainSandbox,
  swapWith,
} from '../../testing/archived-swap.js';
import { readMetrics } from '../../testing/metrics.js';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { startGateway as start } from '../../testing/start-gateway.js';
import { readSwap, watchToEnd } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

/** Without labels, so that copies have the bytes of their originals. */
const startGateway = (env: Record<string, string> = {}, overrides: GatewayOverrides = {}) =>
  start({ PROVENANCE: 'off', ...env }, overrides);

const jpeg = samplePicture('ada');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const read = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  };
};
const stored = { timeout: 10_000 };

async function startArchiving(env: Record<string, string> = {}) {
  const sandbox = await startPlainSandbox();
  const host = await startPictureHost();
  const dataDir = env['DATA_DIR'] ?? temporaryFolder();
  const start = () => startGateway({ ...env, DATA_DIR: dataDir }, { sandbox });
  const gateway = await start();
  return { sandbox, host, gateway, dataDir, start };
}

/** Every file in the archive's folder. */
const filesIn = (dataDir: string): string[] =>
  readdirSync(join(dataDir, 'results'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(dataDir, 'results', name)).isFile(),
  );

test('output is the gateway’s own URL from the first SUCCEEDED on, and nothing but the archive fields changes later', async () => {
  const { sandbox, host, gateway } = await startArchiving();
  let release = (): void => undefined;
  host.serve('/a.jpg', (response) => {
    release = () => give(jpeg)(response, response.req);
  });
  const swap = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  expect(swap.status).toBe('SUCCEEDED');
  expect(swap.output).toEqual([expect.stringMatching(`^${gateway.url}/files/[0-9a-f]{32}/0\\.jpg$`)]);
  const pending = await readArchive(gateway, swap.id);
  expect(pending).toEqual({
    archiveState: 'PENDING',
    output: swap.output,
    files: [
      {
        url: swap.output[0],
        contentType: null,
        bytes: null,
        width: null,
        height: null,
        sha256: null,
        sourceUrl: `${host.url}/a.jpg`,
        sourceSha256: null,
        archivedAt: null,
        expiresAt: swap['expiresAt'],
      },
    ],
  });
  await expect.poll(() => host.reads['/a.jpg']).toBe(1);
  release();
  await expect.poll(async () => (await readArchive(gateway, swap.id)).archiveState, stored).toBe('STORED');
  const after = await readArchive(gateway, swap.id);
  expect(after.files[0]).toMatchObject({
    url: swap.output[0],
    contentType: 'image/jpeg',
    bytes: jpeg.length,
    width: 640,
    height: 640,
    sha256: sha256(jpeg),
    sourceSha256: sha256(jpeg),
    archivedAt: expect.stringMatching(/Z$/),
  });
  const unchanged = { ...swap, archiveState: 'STORED', files: after.files };
  for (let n = 0; n < 8; n += 1) expect(await readSwap(gateway, swap.id)).toEqual(unchanged);
  expect(await watchToEnd(gateway, swap.id)).toEqual([unchanged]);
});

test('a file URL gives ModelsLab’s picture until there is a copy, and then the copy, even if ModelsLab’s is gone', async () => {
  const { sandbox, host, gateway, start } = await startArchiving();
  let isBroken = true;
  let copies = 0;
  host.serve('/a.jpg', (response, request) => {
    // The copier gets nothing; readers get the picture.
    copies += 1;
    if (isBroken && copies === 1) response.writeHead(503).end();
    else give(jpeg)(response, request);
  });
  const swap = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  const [url = ''] = swap.output;
  await expect.poll(() => copies).toBe(1);
  const early = await read(url);
  expect([early.status, early.body.equals(jpeg), early.headers.get('content-type')]).toEqual([
    200,
    true,
    'image/jpeg',
  ]);
  isBroken = false;
  await expect.poll(async () => (await readArchive(gateway, swap.id)).archiveState, stored).toBe('STORED');
  host.close();
  expect((await read(url)).body.equals(jpeg)).toBe(true);
  await gateway.gateway.close();
  const next = await start();
  const again = await readSwap(next, swap.id);
  expect((await read(again?.output[0] ?? '')).body.equals(jpeg)).toBe(true);
  expect(new URL(again?.output[0] ?? '').pathname).toBe(new URL(url).pathname);
});

test('a file can be read in ranges, revalidated, and asked for its headers, with headers that make it only a picture', async () => {
  const { sandbox, host, gateway } = await startArchiving();
  host.serve('/a.jpg', give(jpeg));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  const [url = ''] = output;
  await expect.poll(async () => (await readArchive(gateway, id)).archiveState, stored).toBe('STORED');
  const whole = await read(url);
  const etag = `"${sha256(jpeg)}"`;
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-length': String(jpeg.length),
    'content-security-policy': expect.stringContaining('sandbox'),
    'content-type': 'image/jpeg',
    'x-content-type-options': 'nosniff',
    etag,
  });
  expect(whole.body.equals(jpeg)).toBe(true);
  const head = await read(url, { method: 'HEAD' });
  expect([
    head.status,
    head.headers.get('content-length'),
    head.headers.get('etag'),
    head.body.length,
  ]).toEqual([200, String(jpeg.length), etag, 0]);
  const ranged = async (range: string, headers: Record<string, string> = {}) => {
    const { status, headers: got, body } = await read(url, { headers: { range, ...headers } });
    return [status, got.get('content-range'), body.length];
  };
  const size = jpeg.length;
  expect(await ranged('bytes=0-9')).toEqual([206, `bytes 0-9/${size}`, 10]);
  expect(await ranged('bytes=10-')).toEqual([206, `bytes 10-${size - 1}/${size}`, size - 10]);
  expect(await ranged('bytes=-7')).toEqual([206, `bytes ${size - 7}-${size - 1}/${size}`, 7]);
  expect(await ranged(`bytes=5-${size * 2}`)).toEqual([206, `bytes 5-${size - 1}/${size}`, size - 5]);
  expect(await ranged(`bytes=${size}-`)).toEqual([416, `bytes */${size}`, 0]);
  expect(await ranged('bytes=-0')).toEqual([416, `bytes */${size}`, 0]);
  for (const ignored of ['bytes=9-3', 'bytes=a-b', 'bytes=-', 'bytes=0-1,5-9', 'items=0-1', 'bytes=1-2-3'])
    expect(await ranged(ignored)).toEqual([200, null, size]);
  expect(await ranged('bytes=0-9', { 'if-range': etag })).toEqual([206, `bytes 0-9/${size}`, 10]);
  expect(await ranged('bytes=0-9', { 'if-range': '"other"' })).toEqual([200, null, size]);
  for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const { status, body } = await read(url, { headers: { 'if-none-match': tags } });
    expect([status, body.length]).toEqual([304, 0]);
  }
  expect((await read(url, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
});

test('a range, HEAD and revalidation work as well before there is a copy', async () => {
  const { sandbox, host, gateway } = await startArchiving({ ARCHIVE_MAX_BYTES: '1' });
  host.serve('/a.jpg', give(jpeg));
  const { output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  const [url = ''] = output;
  const part = await read(url, { headers: { range: 'bytes=100-199' } });
  expect([part.status, part.body.equals(jpeg.subarray(100, 200))]).toEqual([206, true]);
  const head = await read(url, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(jpeg.length)]);
  const same = await read(url, { headers: { 'if-none-match': head.headers.get('etag') ?? '' } });
  expect([same.status, same.body.length]).toEqual([304, 0]);
});

test('nobody finds a file without its whole URL', async () => {
  const { sandbox, host, gateway } = await startArchiving();
  host.serve('/a.jpg', give(jpeg));
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  const [, secret = ''] = /files\/([0-9a-f]+)/.exec(output[0] ?? '') ?? [];
  for (const path of [
    `/files/${id}/0.jpg`,
    `/files/${secret}/1.jpg`,
    `/files/${secret}/0.png`,
    `/files/${secret}/0`,
    `/files/${secret}/00.jpg`,
    `/files/${secret}`,
    `/files/${secret.slice(1)}/0.jpg`,
    `/files/${secret.toUpperCase() === secret ? 'a'.repeat(32) : secret.toUpperCase()}/0.jpg`,
    `/files/${secret}/..%2f..%2fgateway.sqlite`,
    `/files/..%2f..%2fgateway.sqlite/0.jpg`,
    '/files/%00/0.jpg',
    '/files//0.jpg',
  ])
    expect((await read(gateway.url + path)).status, path).toBe(404);
});

test('results of several pictures keep their order and their types', async () => {
  const { sandbox, host, gateway } = await startArchiving();
  const pictures = {
    '/a.png': await plainPicture(30, 20, 'png'),
    '/b.webp': await plainPicture(31, 21, 'webp'),
    '/c': await plainPicture(32, 22, 'gif'),
    '/d.php?file=x.png': jpeg,
  };
  for (const [path, body] of Object.entries(pictures)) host.serve(path, give(body));
  const urls = Object.keys(pictures).map((path) => host.url + path);
  const { id, output } = await swapWith(gateway, sandbox, urls);
  await expect.poll(async () => (await readArchive(gateway, id)).archiveState, stored).toBe('STORED');
  expect(output.map((url) => url.replace(/.*\//, ''))).toEqual(['0.png', '1.webp', '2.jpg', '3.jpg']);
  const { files } = await readArchive(gateway, id);
  expect(files.map(({ contentType, width, height }) => [contentType, width, height])).toEqual([
    ['image/png', 30, 20],
    ['image/webp', 31, 21],
    ['image/gif', 32, 22],
    ['image/jpeg', 640, 640],
  ]);
  for (const [index, body] of Object.values(pictures).entries()) {
    const { body: got, headers } = await read(output[index] ?? '');
    expect([got.equals(body), headers.get('content-type')]).toEqual([true, files[index]?.contentType]);
  }
});

test('with ARCHIVE=off, output is ModelsLab’s URL, also for swaps that were archived before', async () => {
  const { sandbox, host, gateway, dataDir } = await startArchiving();
  host.serve('/a.jpg', give(jpeg));
  const { id } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  await expect.poll(async () => (await readArchive(gateway, id)).archiveState, stored).toBe('STORED');
  await gateway.gateway.close();
  const off = await startGateway({ DATA_DIR: dataDir, ARCHIVE: 'off' }, { sandbox });
  const source = [`${host.url}/a.jpg`];
  expect(await readArchive(off, id)).toEqual({ archiveState: 'NONE', output: source, files: [] });
  const fresh = await swapWith(off, sandbox, source);
  expect(await readArchive(off, fresh.id)).toEqual({ archiveState: 'NONE', output: source, files: [] });
  await off.gateway.close();
  const on = await startGateway({ DATA_DIR: dataDir }, { sandbox });
  expect(await readArchive(on, id)).toMatchObject({ archiveState: 'STORED' });
  expect(await readArchive(on, fresh.id)).toEqual({ archiveState: 'NONE', output: source, files: [] });
});

test('no further copies are made once ARCHIVE_MAX_BYTES is reached, and nothing is removed for them', async () => {
  const { sandbox, host, gateway, dataDir, start } = await startArchiving({
    ARCHIVE_MAX_BYTES: String(jpeg.length * 2 + 10),
  });
  host.serve('/a.jpg', give(jpeg));
  const states: string[] = [];
  const swaps = [];
  for (let n = 0; n < 4; n += 1) {
    const swap = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
    await expect
      .poll(async () => (await readArchive(gateway, swap.id)).archiveState, stored)
      .not.toBe('PENDING');
    states.push((await readArchive(gateway, swap.id)).archiveState);
    swaps.push(swap);
  }
  expect(states).toEqual(['STORED', 'STORED', 'FAILED', 'FAILED']);
  expect(filesIn(dataDir)).toHaveLength(2);
  for (const { output } of swaps) expect((await read(output[0] ?? '')).body.equals(jpeg)).toBe(true);
  const metrics = await readMetrics(gateway);
  expect(metrics.value('archive_bytes')).toBe(jpeg.length * 2);
  expect(metrics.value('archive_max_bytes')).toBe(jpeg.length * 2 + 10);
  expect(metrics.value('archive_copies_total', { outcome: 'stored' })).toBe(2);
  expect(metrics.value('archive_copies_total', { outcome: 'full' })).toBe(2);
  // What is on the disk counts after a restart, too.
  await gateway.gateway.close();
  const next = await start();
  const swap = await swapWith(next, sandbox, [`${host.url}/a.jpg`]);
  await expect.poll(async () => (await readArchive(next, swap.id)).archiveState, stored).toBe('FAILED');
});

test('file URLs are in no log, whatever happens to the file', async () => {
  const { sandbox, host, gateway } = await startArchiving();
  host.serve('/a.jpg', give(jpeg));
  const { output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`, `${host.url}/missing.jpg`]);
  await expect.poll(() => host.reads['/missing.jpg']).toBeGreaterThan(0);
  for (const url of output) {
    await read(url);
    await read(url, { method: 'POST' });
    await read(url.replace('0.jpg', '7.jpg'));
    await read(url.replace('/files/', '/files/%ff'));
  }
  const [, secret = 'none'] = /files\/([0-9a-f]+)/.exec(output[0] ?? '') ?? [];
  expect(gateway.logs.text()).not.toContain(secret);
  expect(gateway.logs.text()).not.toContain('missing.jpg');
});

test('client webhooks carry the same lasting URL, and downloads serve its file', async () => {
  const { sandbox, host, gateway } = await startArchiving({ ALLOW_PRIVATE_WEBHOOKS: 'on' });
  host.serve('/a.jpg', give(jpeg));
  const received: SeenArchive[] = [];
  const receiver = createServer(async (request, response) => {
    received.push((await json(request)) as SeenArchive);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void receiver.close());
  const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`], { webhook });
  await expect.poll(() => received.length).toBe(1);
  expect(received[0]).toMatchObject({ output, files: [{ url: output[0], sourceUrl: `${host.url}/a.jpg` }] });
  await expect.poll(async () => (await readArchive(gateway, id)).archiveState, stored).toBe('STORED');
  host.close();
  const saved = await read(`${gateway.url}/swaps/${id}/download`);
  expect([saved.status, saved.body.equals(jpeg), saved.headers.get('content-disposition')]).toEqual([
    200,
    true,
    `attachment; filename="swap-${id.slice(0, 8)}.jpg"`,
  ]);
});

test('short-lived URLs stop working, and reading the swap gives new ones', async () => {
  let ahead = 0;
  const sandbox = await startPlainSandbox();
  const host = await startPictureHost();
  host.serve('/a.jpg', give(jpeg));
  const { systemClock } = await import('../../src/lib/clock.js');
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const gateway = await startGateway({ ARCHIVE_URL_TTL_MS: '60000' }, { sandbox, clock });
  const { id, output } = await swapWith(gateway, sandbox, [`${host.url}/a.jpg`]);
  await expect.poll(async () => (await readArchive(gateway, id)).archiveState, stored).toBe('STORED');
  for (let n = 0; n < 8; n += 1) await readArchive(gateway, id);
  const [url = ''] = output;
  expect((await read(url)).status).toBe(200);
  const { files } = await readArchive(gateway, id);
  const lifeMs = Date.parse(files[0]?.expiresAt ?? '') - Date.now();
  expect(lifeMs).toBeLessThanOrEqual(60_000);
  expect(lifeMs).toBeGreaterThan(50_000);
  ahead = 50_000;
  expect((await read(url)).status).toBe(200);
  ahead = 61_000;
  expect((await read(url)).status).toBe(404);
  const fresh = await readArchive(gateway, id);
  expect(fresh.output).not.toEqual(output);
  expect(fresh.output).toEqual([fresh.files[0]?.url]);
  expect((await read(fresh.output[0] ?? '')).body.equals(jpeg)).toBe(true);
});

import sharp from 'sharp';
import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { samplePicture } from '../../testing/pictures.js';
import { residentMiB } from '../../testing/process-facts.js';
import { resultScript, startResultHost } from '../../testing/result-host.js';
import { openSilentReader } from '../../testing/silent-reader.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

/** About 8 MB when stored. */
const large = await sharp({
  create: {
    width: 4400,
    height: 3300,
    channels: 3,
    background: '#888',
    noise: { type: 'gaussian', mean: 128, sigma: 60 },
  },
})
  .jpeg({ quality: 80 })
  .toBuffer();

test('100 clients that never read an 8 MB picture cost less than a fifth of its total', async () => {
  const gateway = await startGatewayProcess({ DATA_DIR: temporaryFolder() });
  const { picture } = await upload(gateway, large);
  expect(picture.bytes).toBeGreaterThan(6_000_000);
  const path = new URL(picture.url).pathname;
  await (await fetch(picture.url)).arrayBuffer();
  const before = residentMiB(gateway.child.pid) ?? 0;
  const readers = await Promise.all(Array.from({ length: 100 }, () => openSilentReader(gateway.url, path)));
  // Responses follow the order of connections, so this one comes last.
  await expect.poll(async () => (await fetch(`${gateway.url}/livez`)).status).toBe(200);
  const whole = Buffer.from(await (await fetch(picture.url)).arrayBuffer());
  expect(whole.length).toBe(picture.bytes);
  const cost = (residentMiB(gateway.child.pid) ?? 0) - before;
  // Most of it is garbage from writing, and the same for 20 clients.
  expect(cost).toBeLessThan(160);
  for (const { socket } of readers) socket.destroy();
});

const writeTimeoutMs = 400;

/** Requests it and reads nothing, while sending a byte from time to time. Resolves when the gateway has closed the connection. */
async function readNothing(url: string, path: string, headers = {}): Promise<void> {
  const { socket, closed } = await openSilentReader(url, path, headers);
  const timer = setInterval(() => socket.write('\r\n'), 50);
  await closed;
  clearInterval(timer);
}

async function startWithResults(output: (origin: string) => string, env: Record<string, string> = {}) {
  const sandbox = await createSandbox({ faults: { generationMs: [0, 0] } });
  onTestFinished(() => sandbox.close());
  const gateway = await startGateway({ ARCHIVE: 'off', ...env }, { transport: { writeTimeoutMs }, sandbox });
  await resultScript(sandbox.url)(1, [output(sandbox.url)]);
  const swap = await requestSwap(gateway, {}, { wait: 10 });
  return { gateway, sandbox, path: `/swaps/${swap.id}/download` };
}

test('a client that reads nothing of an upload is disconnected, whatever it sends; a slow reader is not', async () => {
  const gateway = await startGateway({}, { transport: { writeTimeoutMs: 1500 } });
  const { picture } = await upload(gateway, large);
  const path = new URL(picture.url).pathname;
  const began = performance.now();
  const slow = await openSilentReader(gateway.url, path);
  let bytes = 0;
  slow.socket.on('data', (chunk) => {
    bytes += chunk.length;
    // Three times the timeout, in many small steps.
    slow.socket.pause();
    setTimeout(() => slow.socket.resume(), (4500 * chunk.length) / picture.bytes);
  });
  slow.socket.resume();
  await Promise.all([readNothing(gateway.url, path), readNothing(gateway.url, path)]);
  await expect.poll(() => bytes, { timeout: 30_000 }).toBeGreaterThan(picture.bytes);
  expect(performance.now() - began).toBeGreaterThan(4000);
});

test('a client that reads nothing of a download is disconnected', async () => {
  const host = await startResultHost({
    '/large.jpg': (response) => void response.end(Buffer.concat([large, Buffer.alloc(15_000_000)])),
  });
  const { gateway, path } = await startWithResults(() => `${host.url}/large.jpg`);
  await readNothing(gateway.url, path);
  const saved = await fetch(`${gateway.url}${path}`);
  expect([saved.status, (await saved.arrayBuffer()).byteLength]).toEqual([200, large.length + 15_000_000]);
});

test("a client's concurrent downloads are limited, and its slots are released when it disconnects", async () => {
  let waiting = 0;
  const host = await startResultHost({
    '/slow.jpg'() {
      waiting += 1;
    },
  });
  const { gateway, path } = await startWithResults(() => `${host.url}/slow.jpg`);
  const readers = await Promise.all(Array.from({ length: 4 }, () => openSilentReader(gateway.url, path)));
  await expect.poll(() => waiting).toBe(4);
  const rejected = await fetch(`${gateway.url}${path}`);
  expect([rejected.status, rejected.headers.get('retry-after')]).toEqual([429, '1']);
  for (const { socket } of readers) socket.destroy();
  await expect
    .poll(() => {
      void openSilentReader(gateway.url, path);
      return waiting;
    })
    .toBeGreaterThan(4);
});

test('a response that takes long to produce is not aborted', async () => {
  const sandbox = await createSandbox({ render: false, faults: { generationMs: [60_000, 60_000] } });
  onTestFinished(() => sandbox.close());
  const gateway = await startGateway({}, { transport: { writeTimeoutMs: 100 }, sandbox });
  const swap = await requestSwap(gateway, {}, { wait: 2 });
  expect(swap.status).toBe('PROCESSING');
});

test('concurrent picture reads per address are limited; the rest get Retry-After', async () => {
  const gateway = await startGateway({ TRUST_PROXY: '127.0.0.1' });
  const { picture } = await upload(gateway, large);
  const path = new URL(picture.url).pathname;
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const readers = await Promise.all(
    Array.from({ length: 128 }, () => openSilentReader(gateway.url, path, from('203.0.113.7').headers)),
  );
  await expect.poll(async () => (await fetch(picture.url, from('203.0.113.7'))).status).toBe(429);
  const rejected = await fetch(picture.url, from('203.0.113.7'));
  expect(rejected.headers.get('retry-after')).toBe('1');
  const other = await fetch(picture.url, from('203.0.113.8'));
  expect((await other.arrayBuffer()).byteLength).toBe(picture.bytes);
  for (const { socket } of readers) socket.destroy();
  await expect.poll(async () => (await fetch(picture.url, from('203.0.113.7'))).status).toBe(200);
});

test('pictures support Content-Length, HEAD, ranges and conditional requests', async () => {
  const gateway = await startGateway();
  const { picture } = await upload(gateway, samplePicture('ada'));
  const whole = await fetch(picture.url);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(Number(whole.headers.get('content-length'))).toBe(picture.bytes);
  const head = await fetch(picture.url, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(picture.bytes)]);
  const part = await fetch(picture.url, { headers: { range: 'bytes=10-19' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
  const known = { 'if-none-match': whole.headers.get('etag') ?? '' };
  // Node.js' fetch would bypass the cache.
  const again = await request(picture.url, { headers: known });
  expect([again.statusCode, await again.body.text()]).toEqual([304, '']);
});

import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { freePort } from '../../testing/free-port.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { type ResultAnswer, resultScript, startResultHost } from '../../testing/result-host.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';

const jpeg = samplePicture('ada');
const png = await plainPicture(40, 40, 'png');
const webp = await plainPicture(40, 40, 'webp');
const gif = await plainPicture(40, 40, 'gif');

const give =
  (body: Buffer | string, headers: Record<string, string> = {}): ResultAnswer =>
  (response) =>
    response.writeHead(200, headers).end(body);
const status =
  (code: number, body = 'x'.repeat(5000)): ResultAnswer =>
  (response) =>
    response.writeHead(code, { 'content-type': 'text/html', location: 'http://127.0.0.1:1/' }).end(body);
const forever: ResultAnswer = (response) => {
  response.writeHead(200, { 'content-type': 'image/jpeg' });
  response.write(jpeg);
  const fill = Buffer.alloc(256 * 1024);
  const write = (): void => {
    while (!response.destroyed && response.write(fill));
  };
  response.on('drain', write);
  write();
};

/** The host's behavior, the client's status, and the content type for a 200. */
const cases: Record<string, [ResultAnswer, number, string?]> = {
  '404': [status(404), 404],
  '403': [status(403), 404],
  '410': [status(410), 404],
  '410 without a body': [status(410, ''), 404],
  '404 with a large body': [status(404, 'x'.repeat(300_000)), 404],
  '500': [status(500), 503],
  '503': [status(503), 503],
  '429': [status(429), 503],
  '302': [status(302), 503],
  '204': [(response) => response.writeHead(204).end(), 503],
  'a reset instead of a response': [(_response, { socket }) => socket.destroy(), 503],
  'a reset after the headers': [
    (response, { socket }) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' });
      response.flushHeaders();
      setImmediate(() => socket.resetAndDestroy());
    },
    503,
  ],
  'a response that is not HTTP': [(_response, { socket }) => socket.end('hello\r\n\r\n'), 503],
  'a body shorter than its content length': [
    (response, { socket }) => {
      response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': jpeg.length });
      response.write(jpeg.subarray(0, 5000), () => socket.destroy());
    },
    503,
  ],
  'chunks that end early': [
    (response, { socket }) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' });
      response.write(jpeg.subarray(0, 5000), () => socket.destroy());
    },
    503,
  ],
  'a body larger than the limit': [give(Buffer.concat([jpeg, Buffer.alloc(31 * 1024 * 1024)])), 503],
  'a body without an end': [forever, 503],
  'a page': [give('<html>sorry</html>', { 'content-type': 'image/jpeg' }), 503],
  nothing: [give('', { 'content-type': 'image/jpeg' }), 503],
  'broken gzip': [give('not gzip', { 'content-type': 'image/jpeg', 'content-encoding': 'gzip' }), 503],
  'a gzip bomb': [give(gzipSync(Buffer.alloc(64 * 1024 * 1024)), { 'content-encoding': 'gzip' }), 503],
  'a JPEG': [give(jpeg, { 'content-type': 'image/jpeg' }), 200, 'image/jpeg'],
  'a JPEG as image/jpg': [give(jpeg, { 'content-type': 'image/jpg' }), 200, 'image/jpeg'],
  'a JPEG as application/octet-stream': [
    give(jpeg, { 'content-type': 'application/octet-stream' }),
    200,
    'image/jpeg',
  ],
  'a JPEG without a type': [give(jpeg), 200, 'image/jpeg'],
  'a JPEG as text/html': [give(jpeg, { 'content-type': 'text/html' }), 200, 'image/jpeg'],
  'a PNG as JPEG': [give(png, { 'content-type': 'image/jpeg' }), 200, 'image/png'],
  'a WebP without a type': [give(webp), 200, 'image/webp'],
  'a GIF': [give(gif), 200, 'image/gif'],
  'a gzipped JPEG': [give(gzipSync(jpeg), { 'content-encoding': 'gzip' }), 200, 'image/jpeg'],
  'a Brotli-compressed JPEG': [
    give(brotliCompressSync(jpeg), { 'content-encoding': 'br' }),
    200,
    'image/jpeg',
  ],
  'a JPEG that falsely claims gzip': [give(jpeg, { 'content-encoding': 'gzip' }), 200, 'image/jpeg'],
};

test(
  'whatever the host of a result does, the download ends with a clear response and the gateway keeps running',
  async () => {
    const names = Object.keys(cases);
    const path = (name: string): string => `/secret-${names.indexOf(name)}.jpg`;
    const host = await startResultHost(
      Object.fromEntries(names.map((name) => [path(name), cases[name]?.[0] ?? status(404)])),
    );
    const gateway = await startGatewayProcess({
      ARCHIVE: 'off',
      DATA_DIR: temporaryFolder(),
      RATE_LIMIT: 'off',
    });
    const sample = (name: string): string => `${gateway.url}/samples/${name}.jpg`;
    const input = { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') };
    const { output } = await requestSwap(gateway, input, { wait: 30 });
    const script = resultScript(new URL(output[0] ?? '').origin);

    for (const [index, name] of names.entries()) {
      const [, expected, contentType] = cases[name] ?? [];
      await script(1000 + index, [`${host.url}${path(name)}`]);
      const { id } = await requestSwap(gateway, { ...input, trackId: index }, { wait: 30 });
      const response = await fetch(`${gateway.url}/swaps/${id}/download`);
      expect([name, response.status]).toEqual([name, expected]);
      if (expected === 200) {
        expect([name, response.headers.get('content-type')]).toEqual([name, contentType]);
        const extension = contentType === 'image/jpeg' ? 'jpg' : contentType?.slice(6);
        expect(response.headers.get('content-disposition')).toContain(`.${extension}"`);
        const bytes = Buffer.from(await response.arrayBuffer());
        expect(bytes.length).toBe(Number(response.headers.get('content-length')));
      } else {
        expect([name, response.headers.get('retry-after')]).toEqual([name, expected === 503 ? '5' : null]);
        await response.text();
        const lines = (): string[] =>
          gateway
            .output()
            .split('\n')
            .filter((line) => line.includes(id) && line.includes('failed to fetch the result'));
        await expect.poll(lines, { message: name }).toHaveLength(1);
        expect(lines()[0]).toMatch(/"host":"127\.0\.0\.1","reason":"[^"]+"/);
      }
    }
    expect(gateway.output()).not.toContain('secret-');
    expect(gateway.child.exitCode).toBeNull();
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  },
  longTestTimeoutMs,
);

test("the sandbox's results are gone after a restart, and the client gets a 404", async () => {
  const DATA_DIR = temporaryFolder();
  for (const PORT of ['0', String(await freePort())]) {
    const env = { ARCHIVE: 'off', DATA_DIR, PORT };
    const first = await startGatewayProcess(env);
    const sample = (name: string): string => `${first.url}/samples/${name}.jpg`;
    const input = { initImage: sample('ada'), targetImage: sample('bruno'), referenceImage: sample('ada') };
    const { id } = await requestSwap(first, input, { wait: 30 });
    const saved = await fetch(`${first.url}/swaps/${id}/download`);
    expect([saved.status, (await saved.arrayBuffer()).byteLength > 1000]).toEqual([200, true]);
    await first.kill('SIGTERM');
    const second = await startGatewayProcess(env);
    expect((await fetch(`${second.url}/swaps/${id}/download`)).status).toBe(404);
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
    await second.kill('SIGTERM');
  }
});

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { createInputCheck } from '../../src/providers/input-check.js';
import { cpuTimeOf } from '../../testing/cpu-time.js';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap, swapMutation } from '../../testing/swap-client.js';
import { upload } from '../../testing/upload.js';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A host of pictures, which counts the bytes that it sent. */
async function startHost(answer: Answer): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    requests.push(request);
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/picture`, requests };
}

const give =
  (body: Buffer | string, headers: Record<string, string> = {}, status = 200): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body);

function createCheck(timeoutMs = 5000) {
  const { check, close } = createInputCheck({ allowLoopback: true, isOwn: () => false, timeoutMs });
  onTestFinished(close);
  return async (url: string, others = url) => {
    const request = { initImage: url, targetImage: others, referenceImage: others, watermark: true };
    return (await check('ada', request)).filter(({ path }) => path === 'input.initImage')[0]?.message;
  };
}

const jpeg = samplePicture('ada');
/** A JPEG whose size comes after this much metadata. */
const jpegAfter = (bytes: number): Buffer => {
  const segments = Array.from({ length: Math.ceil(bytes / 65_000) }, () =>
    Buffer.concat([Buffer.from([0xff, 0xe1, 0xfd, 0xea]), Buffer.alloc(65_000)]),
  );
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
};
const tiny = (width: number, height: number) => plainPicture(width, height);
const hugeHeader = async (): Promise<Buffer> => {
  const png = await plainPicture(100, 100);
  png.writeUInt32BE(60_000, 16);
  png.writeUInt32BE(60_000, 20);
  return png;
};

test.each<[string, () => Answer | Promise<Answer>]>([
  ['a JPEG', () => give(jpeg)],
  [
    'a part of one, to a request for a range',
    () => give(jpeg.subarray(0, 5000), { 'content-range': `bytes 0-4999/${jpeg.length}` }, 206),
  ],
  ['a PNG', async () => give(await plainPicture(100, 100))],
  ['a WebP', async () => give(await plainPicture(100, 100, 'webp'))],
  ['a lossless WebP', async () => give(await sharp(jpeg).webp({ lossless: true }).toBuffer())],
  ['a GIF', async () => give(await sharp(jpeg).gif().toBuffer())],
  ['an AVIF', async () => give(await sharp(jpeg).avif({ effort: 0 }).toBuffer())],
  ['a JPEG with a thumbnail of 200 KB before its size', () => give(jpegAfter(200_000))],
  ['a JPEG whose size comes later than anything is read', () => give(jpegAfter(900_000))],
  ['a JPEG with the type of a page', () => give(jpeg, { 'content-type': 'text/html' })],
  ['a refusal of robots', () => give('robots are not welcome', {}, 403)],
  ['a demand for a login', () => give('log in', {}, 401)],
  ['a rate limit', () => give('slow down', {}, 429)],
  ['an outage', () => give('sorry', {}, 503)],
  ['a redirect', () => give('', { location: 'http://127.0.0.1:1/' }, 302)],
  ['a compressed picture', () => give('whatever', { 'content-encoding': 'gzip' })],
  [
    'a reset',
    () =>
      (_response, { socket }) =>
        void socket.destroy(),
  ],
  ['64 by 64 pixels', async () => give(await tiny(64, 64))],
])('%s passes', async (_what, answer) => {
  const { url } = await startHost(await answer());
  expect(await createCheck()(url)).toBeUndefined();
});

test.each<[string, () => Answer | Promise<Answer>, string]>([
  ['a page', () => give('<!doctype html><title>Sign in</title>'.repeat(50)), 'is not a picture'],
  [
    'a page with the type of a picture',
    () => give('<!doctype html>'.repeat(50), { 'content-type': 'image/jpeg' }),
    'is not a picture',
  ],
  [
    'an SVG',
    () => give('<svg xmlns="http://www.w3.org/2000/svg"/>', { 'content-type': 'image/svg+xml' }),
    'is not a picture',
  ],
  ['JSON', () => give('{"error":"not found"}'), 'is not a picture'],
  ['nothing', () => give(''), 'is not a picture'],
  ['a PDF', () => give(`%PDF-1.7${' '.repeat(500)}`), 'is not a picture'],
  ['404', () => give('no', {}, 404), 'points to nothing: its host responds with 404'],
  ['410', () => give('no', {}, 410), 'points to nothing: its host responds with 410'],
  [
    '63 by 200 pixels',
    async () => give(await tiny(63, 200)),
    'has 63 × 200 pixels; at least 64 per side are needed',
  ],
  [
    'a header of 60,000 by 60,000 pixels',
    async () => give(await hugeHeader()),
    'has 60000 × 60000 pixels, which is too large',
  ],
  [
    '16 MB',
    () => give(jpeg.subarray(0, 1000), { 'content-range': 'bytes 0-999/16000000' }, 206),
    'has 16 MB; at most 15 MB are accepted',
  ],
])('%s is refused', async (_what, answer, message) => {
  const { url } = await startHost(await answer());
  expect(await createCheck()(url)).toBe(message);
});

test('a host without ranges sends little before it is cut off', async () => {
  let sent = 0;
  const { url, requests } = await startHost((response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' });
    response.write(jpeg.subarray(0, 20_000));
    const more = (): void => {
      if (response.destroyed) return;
      sent += 64 * 1024;
      response.write(Buffer.alloc(64 * 1024), () => setImmediate(more));
    };
    more();
  });
  expect(await createCheck()(url)).toBeUndefined();
  await expect.poll(() => requests.every(({ socket }) => socket.destroyed)).toBe(true);
  expect(requests[0]?.headers.range).toMatch(/^bytes=0-/);
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

test('a picture that arrives in small pieces costs no more than one that arrives at once', async () => {
  // Fill bytes are the most work per byte.
  const head = Buffer.alloc(500_000, 0xff);
  head[1] = 0xd8;
  const { url } = await startHost((response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' });
    response.socket?.setNoDelay(true);
    let at = 0;
    const more = (): void => {
      if (at >= head.length) return void response.end();
      response.write(head.subarray(at, at + 250), () => setImmediate(more));
      at += 250;
    };
    more();
  });
  const check = createCheck(60_000);
  const spentMs = await cpuTimeOf(async () => expect(await check(url)).toBeUndefined());
  expect(spentMs).toBeLessThan(1000);
}, 60_000);

test('a slow host passes after the timeout', async () => {
  const { url } = await startHost(() => undefined);
  expect(await createCheck(100)(url)).toBeUndefined();
});

test('a host that does not exist is refused, and so is a private address', async () => {
  const { check, close } = createInputCheck({ allowLoopback: false, isOwn: () => false });
  onTestFinished(close);
  const problems = await check('ada', {
    initImage: 'https://10.0.0.7/a.jpg',
    targetImage: 'https://127.0.0.1/a.jpg',
    referenceImage: 'https://10.0.0.7/a.jpg',
    watermark: true,
  });
  expect(problems).toEqual(
    ['initImage', 'targetImage', 'referenceImage'].map((field) => ({
      path: `input.${field}`,
      message: 'must point to a public host',
    })),
  );
});

test('beyond its rate a client cannot make the gateway send requests', async () => {
  const { url, requests } = await startHost(give(jpeg));
  const check = createCheck();
  await Promise.all(Array.from({ length: 200 }, (_, n) => check(`${url}?${n}`)));
  expect(requests.length).toBeLessThan(100);
});

test('with CHECK_INPUTS=on a bad picture is named before anything is accepted, and own pictures are not fetched', async () => {
  const { url } = await startHost(give('<html>'));
  const gateway = await startGateway({ CHECK_INPUTS: 'on' });
  const { picture } = await upload(gateway, jpeg);
  const input = { initImage: url, targetImage: picture.url, referenceImage: url };
  const { errors } = await gateway.graphql(swapMutation, { input });
  const message = 'is not a picture';
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [
      { path: 'input.initImage', message },
      { path: 'input.referenceImage', message },
    ],
  });
  expect((await gateway.graphql('{ swaps { nodes { id } } }')).data).toEqual({ swaps: { nodes: [] } });
  const own = { initImage: picture.url, targetImage: picture.url, referenceImage: picture.url };
  expect((await requestSwap(gateway, own, { wait: 20 })).status).toBe('SUCCEEDED');
});

test('a repeated request is not checked again', async () => {
  const { url, requests } = await startHost(give(jpeg));
  const gateway = await startGateway({ CHECK_INPUTS: 'on', MODELSLAB_QUEUE_LIMIT: '1' });
  const input = { initImage: url, targetImage: url, referenceImage: url, idempotencyKey: 'k' };
  const swap = await requestSwap(gateway, input, { wait: 20 });
  const count = requests.length;
  expect((await requestSwap(gateway, input)).id).toBe(swap.id);
  expect(requests).toHaveLength(count);
});

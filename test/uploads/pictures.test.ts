import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { upload } from '../../testing/upload.js';

test.each(['png', 'jpeg', 'webp'] as const)('a %s becomes a JPEG at an unguessable URL', async (format) => {
  const gateway = await startGateway();
  const { status, picture } = await upload(gateway, await plainPicture(320, 200, format));
  expect(status).toBe(201);
  expect(picture).toMatchObject({ width: 320, height: 200 });
  expect(picture.url).toMatch(new RegExp(`^${gateway.url}/uploads/[0-9a-f]{32}\\.jpg$`));
  const served = await fetch(picture.url);
  expect(served.headers.get('content-type')).toBe('image/jpeg');
  const bytes = Buffer.from(await served.arrayBuffer());
  expect(bytes).toHaveLength(picture.bytes);
  expect((await sharp(bytes).metadata()).format).toBe('jpeg');
});

test('two uploads of the same picture share nothing', async () => {
  const gateway = await startGateway();
  const bytes = await plainPicture(10, 10);
  const [one, other] = [await upload(gateway, bytes), await upload(gateway, bytes)];
  expect(one.picture.url).not.toBe(other.picture.url);
});

test('a swap accepts uploads as its pictures', async () => {
  const gateway = await startGateway();
  const send = async (name: string) => (await upload(gateway, samplePicture(name))).picture.url;
  const [initImage, targetImage] = [await send('ada'), await send('bruno')];
  const swap = await requestSwap(
    gateway,
    { initImage, targetImage, referenceImage: initImage },
    { wait: 30 },
  );
  expect(swap.status).toBe('SUCCEEDED');
});

test('camera metadata is removed, and the picture is upright', async () => {
  const gateway = await startGateway();
  const sideways = await sharp(await plainPicture(60, 40, 'jpeg'))
    .withExif({ IFD0: { Artist: 'Ada' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  expect((await sharp(sideways).metadata()).exif).toBeDefined();
  const { picture } = await upload(gateway, sideways);
  expect(picture).toMatchObject({ width: 40, height: 60 });
  const bytes = Buffer.from(await (await fetch(picture.url)).arrayBuffer());
  const { exif, icc, xmp, iptc, orientation } = await sharp(bytes).metadata();
  expect({ exif, icc, xmp, iptc, orientation }).toEqual({});
});

test('a very large picture is scaled down', async () => {
  const gateway = await startGateway();
  const { picture } = await upload(gateway, await plainPicture(6000, 3000, 'jpeg'));
  expect(picture).toMatchObject({ width: 5000, height: 2500 });
});

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);

test.each([
  ['text', async () => 'not a picture', 415, 'PICTURE_TYPE_NOT_SUPPORTED'],
  ['an SVG', async () => svg, 415, 'PICTURE_TYPE_NOT_SUPPORTED'],
  ['a GIF', () => plainPicture(9, 9, 'gif'), 415, 'PICTURE_TYPE_NOT_SUPPORTED'],
  ['nothing', async () => '', 415, 'PICTURE_TYPE_NOT_SUPPORTED'],
  ['a truncated JPEG', async () => half(samplePicture('ada')), 422, 'PICTURE_UNREADABLE'],
  ['a truncated PNG', async () => half(await plainPicture(300, 300)), 422, 'PICTURE_UNREADABLE'],
  [
    'a file that only begins like a PNG',
    async () => Buffer.from('\x89PNG\r\n\x1a\n and more', 'latin1'),
    422,
    'PICTURE_UNREADABLE',
  ],
  ['a small file of 100 megapixels', () => plainPicture(10_000, 10_000), 413, 'PICTURE_TOO_LARGE'],
  [
    'a file of more than 10 MB',
    async () => Buffer.alloc(10 * 1024 * 1024 + 1, 'x'),
    413,
    'PICTURE_TOO_LARGE',
  ],
])('%s is rejected with a message, and nothing is stored', async (_what, make, status, code) => {
  const DATA_DIR = temporaryFolder();
  const gateway = await startGateway({ DATA_DIR });
  const response = await upload(gateway, await make());
  expect(response.error?.extensions.code).toBe(code);
  expect(response.error?.message).toMatch(/^[A-Z].{15,}\.$|^This is/);
  expect(response.status).toBe(status);
  const folder = join(DATA_DIR, 'uploads');
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
});

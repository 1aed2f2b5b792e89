import sharp from 'sharp';
import { expect, test } from 'vitest';
import { type HeicOptions, heicPicture, phoneTile } from '../../testing/heic-pictures.js';
import { plainPicture } from '../../testing/pictures.js';
import { startGateway } from '../../testing/start-gateway.js';
import { requestSwap } from '../../testing/swap-client.js';
import { upload } from '../../testing/upload.js';

const sizeOf = async (url: string) => {
  const { width, height } = await sharp(Buffer.from(await (await fetch(url)).arrayBuffer())).metadata();
  return { width, height };
};

test.each<[string, HeicOptions, { width: number; height: number }]>([
  ['a single picture', {}, { width: 64, height: 64 }],
  ['a grid of tiles', { grid: { columns: 8, rows: 6 } }, { width: 512, height: 384 }],
  [
    'a grid whose last tiles are cut',
    { grid: { columns: 3, rows: 2 }, claimedSize: { width: 150, height: 100 } },
    { width: 150, height: 100 },
  ],
  [
    'a file with several pictures, of which the primary one counts',
    { hasOtherFirst: true, grid: { columns: 2, rows: 1 } },
    { width: 128, height: 64 },
  ],
  ['a file of the brand mif1', { majorBrand: 'mif1' }, { width: 64, height: 64 }],
  ['a file of the brand heix', { majorBrand: 'heix' }, { width: 64, height: 64 }],
  ['a file of the brand msf1', { majorBrand: 'msf1' }, { width: 64, height: 64 }],
])('%s in HEIC becomes a JPEG', async (_what, options, size) => {
  const gateway = await startGateway();
  const { status, picture } = await upload(gateway, heicPicture(options));
  expect(status).toBe(201);
  expect(picture).toMatchObject({ ...size, prepared: { rotated: false, resized: false, converted: true } });
  expect(await sizeOf(picture.url)).toEqual(size);
});

test.each([undefined, { columns: 3, rows: 2 }])(
  "a HEIC's color profile is applied, as it is for other types: grid %o",
  async (grid) => {
    const gateway = await startGateway();
    const { icc: colorProfile = Buffer.alloc(0) } = await sharp(
      await sharp(await plainPicture(8, 8))
        .withIccProfile('p3')
        .png()
        .toBuffer(),
    ).metadata();
    expect(colorProfile.length).toBeGreaterThan(0);
    const redOf = async (options: HeicOptions) => {
      const { picture } = await upload(gateway, heicPicture({ ...options, ...(grid && { grid }) }));
      const stored = Buffer.from(await (await fetch(picture.url)).arrayBuffer());
      const [red = 0, green = 0] = await sharp(stored)
        .extract({ left: 8, top: 8, width: 1, height: 1 })
        .raw()
        .toBuffer();
      return { width: picture.width, red, green };
    };
    const [plain, wide] = [await redOf({}), await redOf({ colorProfile })];
    expect(wide.width).toBe(plain.width);
    // Display P3 has a redder red than sRGB.
    expect(wide.red - plain.red).toBeGreaterThan(10);
    expect(plain.green - wide.green).toBeGreaterThan(10);
  },
);

test.each([0, 1, 500])('a color profile of %i meaningless bytes is ignored', async (bytes) => {
  const gateway = await startGateway();
  const { status, picture } = await upload(gateway, heicPicture({ colorProfile: Buffer.alloc(bytes, 7) }));
  expect([status, picture.width]).toEqual([201, 64]);
});

test('a HEIC picture beyond the largest side is scaled down', async () => {
  const gateway = await startGateway();
  const { picture } = await upload(gateway, heicPicture({ tile: phoneTile, grid: { columns: 12, rows: 4 } }));
  expect(picture).toMatchObject({
    width: 5000,
    height: 1667,
    prepared: { rotated: false, resized: true, converted: true },
  });
});

test('an AVIF becomes a JPEG, upright', async () => {
  const gateway = await startGateway();
  const { data, info } = await sharp(await plainPicture(60, 40))
    .avif()
    .toBuffer({ resolveWithObject: true });
  const { status, picture } = await upload(gateway, data);
  expect(status).toBe(201);
  expect(picture).toMatchObject({
    width: info.width,
    height: info.height,
    prepared: { rotated: false, resized: false, converted: true },
  });
});

test('a swap accepts pictures that were uploaded as HEIC', async () => {
  const gateway = await startGateway();
  const { picture } = await upload(gateway, heicPicture({ grid: { columns: 4, rows: 4 }, irot: 3 }));
  const { url } = picture;
  const swap = await requestSwap(
    gateway,
    { initImage: url, targetImage: url, referenceImage: url },
    { wait: 30 },
  );
  expect(swap.status).toBe('SUCCEEDED');
});

const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 30);
const withZeros = (bytes: Buffer, from: number): Buffer =>
  Buffer.concat([bytes.subarray(0, from), Buffer.alloc(bytes.length - from)]);

test.each<[string, () => Buffer, number, string]>([
  ['one without its end', () => half(heicPicture()), 422, 'PICTURE_UNREADABLE'],
  ['one cut within its header', () => heicPicture().subarray(0, 150), 422, 'PICTURE_UNREADABLE'],
  ['one with an empty header', () => withZeros(heicPicture(), 40), 422, 'PICTURE_UNREADABLE'],
  ['nothing but a file type', () => heicPicture().subarray(0, 24), 422, 'PICTURE_UNREADABLE'],
  [
    'one in a codec that is not supported',
    () => heicPicture({ codec: 'vvc1' }),
    415,
    'PICTURE_TYPE_NOT_SUPPORTED',
  ],
  [
    'one that claims 100 megapixels',
    () => heicPicture({ claimedSize: { width: 10_000, height: 10_000 } }),
    413,
    'PICTURE_TOO_LARGE',
  ],
  [
    'one that claims 16,385 × 1',
    () => heicPicture({ claimedSize: { width: 16_385, height: 1 } }),
    413,
    'PICTURE_TOO_LARGE',
  ],
])('a HEIC is rejected with a message and a field: %s', async (_what, make, status, code) => {
  const gateway = await startGateway();
  const response = await upload(gateway, make());
  expect([response.status, response.error?.extensions.code]).toEqual([status, code]);
  const { message } = response.error ?? {};
  expect(message).toMatch(/^[A-Z].{15,}\.$/);
  expect(response.error?.extensions).toMatchObject({ fields: [{ path: 'picture', message }] });
});

test('a HEIC with any byte changed is decoded or rejected, and the gateway goes on', async () => {
  const gateway = await startGateway({ MAX_UPLOADS_PER_CLIENT: '10000' });
  const whole = heicPicture({ grid: { columns: 2, rows: 2 }, irot: 1, exifOrientation: 3 });
  for (let at = 0; at < whole.length; at += 31) {
    const bytes = Buffer.from(whole);
    bytes[at] = 0xff - (bytes[at] ?? 0);
    const { status } = await upload(gateway, bytes);
    expect([201, 413, 415, 422], `byte ${at}`).toContain(status);
  }
  expect((await upload(gateway, whole)).status).toBe(201);
});

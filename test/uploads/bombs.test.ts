import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bearer, keysFor } from '../../testing/gateway-keys.js';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { heicPicture, phoneTile } from '../../testing/heic-pictures.js';
import {
  animation,
  jpegOfManyScans,
  jpegWithSize,
  pngBomb,
  pngChunk,
  zippedChunk,
} from '../../testing/picture-bombs.js';
import { plainPicture, samplePicture } from '../../testing/pictures.js';
import { childrenOf, isAlive, peakMiB } from '../../testing/process-facts.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { longTestTimeoutMs } from '../../testing/timeouts.js';
import { upload } from '../../testing/upload.js';

const webp = (bytes: Buffer, width: number, height: number): Buffer => {
  const lying = Buffer.from(bytes);
  lying.writeUInt16LE(width, 26);
  lying.writeUInt16LE(height, 28);
  return lying;
};
const phoneSize = { width: 8064, height: 6048 };
const heicOf = (columns: number, rows: number): Buffer => heicPicture({ grid: { columns, rows } });
const cut = (bytes: Buffer, at: number): Buffer => bytes.subarray(0, at);
const ada = samplePicture('ada');

/** The upload, and the acceptable statuses. */
const bombs: [string, () => Buffer | Promise<Buffer>, number[]][] = [
  ['a 16-bit PNG of 20,000,000 × 2', () => pngBomb({ width: 20_000_000, height: 2 }), [413]],
  ['a PNG of 2 × 20,000,000', () => pngBomb({ width: 2, height: 20_000_000, bitDepth: 8 }), [413]],
  [
    'a PNG of 2³¹ − 1 squared',
    () => pngBomb({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, rawBytes: 9 }),
    [413],
  ],
  ['a PNG of 16,385 × 1', () => pngBomb({ width: 16_385, height: 1 }), [413]],
  [
    'a PNG of 10,000 × 10,000',
    () => pngBomb({ width: 10_000, height: 10_000, bitDepth: 1, colorType: 0 }),
    [413],
  ],
  ['a PNG without a size', () => pngBomb({ width: 0, height: 0, rawBytes: 9 }), [422]],
  [
    'an interlaced 16-bit PNG at the limit',
    () => pngBomb({ width: 10_000, height: 5000, colorType: 6, isInterlaced: true }),
    [201],
  ],
  [
    'a PNG with more pixels than its header says',
    () => pngBomb({ width: 10, height: 10, rawBytes: 400e6 }),
    [201, 422],
  ],
  [
    'a PNG with fewer pixels than its header says',
    () => pngBomb({ width: 5000, height: 5000, rawBytes: 10 }),
    [422],
  ],
  [
    'a PNG with a text chunk that decompresses to 400 MB',
    () => pngBomb({ width: 9, height: 9, extra: [zippedChunk('iTXt', 400e6), zippedChunk('zTXt', 400e6)] }),
    [201, 422],
  ],
  [
    'a PNG with a color profile that decompresses to 400 MB',
    () => pngBomb({ width: 9, height: 9, extra: [zippedChunk('iCCP', 400e6)] }),
    [201, 422],
  ],
  [
    'a PNG of 100,000 chunks',
    () =>
      pngBomb({
        width: 9,
        height: 9,
        extra: Array<Buffer>(100_000).fill(pngChunk('tEXt', Buffer.from('k\0v'))),
      }),
    [201, 422],
  ],
  ['a PNG that ends in its header', async () => cut(await plainPicture(9, 9), 20), [422]],
  ['a JPEG of 65,500 × 600', () => jpegWithSize(ada, 65_500, 600), [413]],
  ['a JPEG of 16,000 × 16,000', () => jpegWithSize(ada, 16_000, 16_000), [413]],
  ['a JPEG with a size far beyond its data', () => jpegWithSize(ada, 16_000, 2400), [201, 422]],
  ['a progressive JPEG of 3,000 scans', () => jpegOfManyScans(2000, 2000, 3000), [422]],
  ['a progressive JPEG of 40 scans and 25 megapixels', () => jpegOfManyScans(5000, 5000, 30), [201, 422]],
  ['a JPEG that ends after its beginning', () => cut(ada, 3), [415, 422]],
  ['a JPEG of nothing but comments', () => Buffer.concat([cut(ada, 2), ...comments(100)]), [422]],
  ['a WebP of 16,383 × 16,383', async () => webp(await plainPicture(9, 9, 'webp'), 16_383, 16_383), [413]],
  ['a WebP with a false size', async () => webp(await plainPicture(9, 9, 'webp'), 8000, 4000), [422]],
  ['a WebP of 2,000 frames', () => animation('webp', 32, 2000), [201]],
  ['a GIF of 2,000 frames', () => animation('gif', 32, 2000), [415]],
  ['a TIFF', () => Buffer.from('II*\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff', 'latin1'), [415]],
  ['a HEIC without a picture', () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), [422]],
  ['a HEIC of 65,025 tiles', () => heicOf(255, 255), [422]],
  ['a HEIC of 12,100 tiles', () => heicOf(110, 110), [422]],
  [
    "a phone's HEIC of 48.8 megapixels, turned",
    () => heicPicture({ tile: phoneTile, grid: { columns: 16, rows: 12 }, claimedSize: phoneSize, irot: 3 }),
    [201],
  ],
  [
    'a HEIC of 65,025 tiles that claims to be small',
    () => heicPicture({ grid: { columns: 255, rows: 255 }, claimedSize: { width: 64, height: 64 } }),
    [201, 422],
  ],
  [
    'a HEIC of one tile that claims 49 megapixels',
    () => heicPicture({ claimedSize: { width: 7000, height: 7000 } }),
    [201, 422],
  ],
  [
    'a HEIC grid of one tile that claims 49 megapixels',
    () => heicPicture({ grid: { columns: 1, rows: 1 }, claimedSize: { width: 7000, height: 7000 } }),
    [201, 422],
  ],
  [
    'an SVG that expands',
    () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99999"/>'),
    [415],
  ],
];

function comments(count: number): Buffer[] {
  return Array<Buffer>(count).fill(
    Buffer.concat([Buffer.from([0xff, 0xfe, 0xff, 0xff]), Buffer.alloc(65_533)]),
  );
}

test(
  'bombs of every kind are rejected or decoded within bounds, while another client is served normally',
  async () => {
    const DATA_DIR = temporaryFolder();
    const gateway = await startGatewayProcess({ DATA_DIR, GATEWAY_API_KEYS: keysFor('mallory', 'ada') });
    const plain = await plainPicture(20, 20);
    let peakOfDecoder = 0;
    for (const [name, make, statuses] of bombs) {
      const bytes = await make();
      expect([name, bytes.length < 10 * 1024 * 1024]).toEqual([name, true]);
      const bomb = upload(gateway, bytes, bearer('mallory'));
      expect([name, (await upload(gateway, plain, bearer('ada'))).status]).toEqual([name, 201]);
      const { status } = await bomb;
      expect(statuses, `${name}: ${status}`).toContain(status);
      const [decoder] = childrenOf(gateway.child.pid);
      peakOfDecoder = Math.max(peakOfDecoder, peakMiB(decoder) ?? 0);
    }
    expect(gateway.child.exitCode).toBeNull();
    expect(readdirSync(join(DATA_DIR, 'incoming'))).toEqual([]);
    expect(peakOfDecoder).toBeLessThan(768);
    expect(peakMiB(gateway.child.pid)).toBeLessThan(250);
  },
  longTestTimeoutMs,
);

test("a failed attempt with a picture counts only against its own client's quota", async () => {
  const gateway = await startGatewayProcess({
    DATA_DIR: temporaryFolder(),
    GATEWAY_API_KEYS: keysFor('mallory', 'ada'),
    MAX_UPLOADS_PER_CLIENT: '3',
    MAX_UPLOADS: '3',
  });
  const failures = [
    pngBomb({ width: 20_000_000, height: 2 }),
    cut(ada, 5000),
    pngBomb({ width: 9, height: 9, rawBytes: 1 }),
  ];
  const statuses = [];
  for (const bytes of [...failures, ada])
    statuses.push((await upload(gateway, bytes, bearer('mallory'))).status);
  expect(statuses).toEqual([413, 422, 422, 429]);
  for (let count = 0; count < 3; count++)
    expect((await upload(gateway, ada, bearer('ada'))).status).toBe(201);
});

test('the gateway decodes nothing itself, and its decoder exits with it, however it ends', async () => {
  const DATA_DIR = temporaryFolder();
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const gateway = await startGatewayProcess({ DATA_DIR });
    expect(childrenOf(gateway.child.pid)).toEqual([]);
    expect((await upload(gateway, ada)).status).toBe(201);
    const [decoder] = childrenOf(gateway.child.pid);
    expect(isAlive(decoder)).toBe(true);
    const busy = upload(gateway, pngBomb({ width: 8000, height: 5000, colorType: 6, isInterlaced: true }));
    busy.catch(() => undefined);
    await expect.poll(() => readdirSync(join(DATA_DIR, 'incoming')).length).toBeGreaterThan(0);
    await gateway.kill(signal);
    await expect.poll(() => isAlive(decoder)).toBe(false);
    // The client had disconnected, so the picture was not decoded to its end.
    const written = readdirSync(join(DATA_DIR, 'incoming')).filter((name) => name.endsWith('.jpg'));
    expect(written).toEqual([]);
  }
  expect(existsSync(join(DATA_DIR, 'uploads'))).toBe(true);
});

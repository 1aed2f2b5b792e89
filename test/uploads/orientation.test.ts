import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { heicPicture } from '../../testing/heic-pictures.js';
import { startGateway } from '../../testing/start-gateway.js';
import { upload } from '../../testing/upload.js';

type Colors = [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string];
type Gateway = Awaited<ReturnType<typeof startGateway>>;

const upright: Colors = ['red', 'green', 'blue', 'yellow'];
const [width, height] = [60, 40];

function nameOf([red = 0, green = 0, blue = 0]: Uint8Array | number[]): string {
  if (red > 150 && green > 150) return 'yellow';
  if (red > 150) return 'red';
  return green > 150 ? 'green' : blue > 150 ? 'blue' : `${red},${green},${blue}`;
}

/** The colors in the middle of the four quarters. */
async function colorsOf(bytes: Buffer): Promise<Colors> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const colors = [0, 1, 2, 3].map((quarter) => {
    const x = Math.floor(info.width * (quarter % 2 === 0 ? 0.25 : 0.75));
    const y = Math.floor(info.height * (quarter < 2 ? 0.25 : 0.75));
    const at = (y * info.width + x) * info.channels;
    return nameOf(data.subarray(at, at + 3));
  });
  return colors as Colors;
}

async function prepare(gateway: Gateway, bytes: Buffer) {
  const { status, picture } = await upload(gateway, bytes);
  expect(status).toBe(201);
  const stored = Buffer.from(await (await fetch(picture.url)).arrayBuffer());
  expect((await sharp(stored).metadata()).orientation).toBeUndefined();
  return { picture, colors: await colorsOf(stored) };
}

/** What a camera that was held like that stores: the picture that `orientation` turns upright. */
async function asStored(orientation: number): Promise<Sharp> {
  const quarter = (background: string) => ({
    create: { width: width / 2, height: height / 2, channels: 3 as const, background },
  });
  const picture = sharp({ create: { width, height, channels: 3, background: '#000' } }).composite([
    { input: quarter('#e01010'), left: 0, top: 0 },
    { input: quarter('#10d010'), left: width / 2, top: 0 },
    { input: quarter('#1010e0'), left: 0, top: height / 2 },
    { input: quarter('#e0e010'), left: width / 2, top: height / 2 },
  ]);
  const flat = sharp(await picture.png().toBuffer());
  const quarterTurns = { 3: 180, 5: 90, 6: 270, 7: 270, 8: 90 }[orientation] ?? 0;
  // In two steps: sharp mirrors before it turns, in whatever order they are called.
  const sideways = sharp(await flat.rotate(quarterTurns).png().toBuffer());
  if (orientation === 4) sideways.flip();
  if ([2, 5, 7].includes(orientation)) sideways.flop();
  const turned = await sideways.png().toBuffer();
  return sharp(turned).withMetadata({ orientation });
}

const formats = {
  jpeg: (picture: Sharp) => picture.jpeg({ chromaSubsampling: '4:4:4' }),
  png: (picture: Sharp) => picture.png(),
  webp: (picture: Sharp) => picture.webp({ lossless: true }),
};

test.each(Object.keys(formats) as (keyof typeof formats)[])(
  'all eight EXIF orientations of a %s are applied once',
  async (format) => {
    const gateway = await startGateway();
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const bytes = await formats[format](await asStored(orientation)).toBuffer();
      expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
      const { picture, colors } = await prepare(gateway, bytes);
      expect({ orientation, colors }).toEqual({ orientation, colors: upright });
      expect(picture).toMatchObject({
        width,
        height,
        prepared: { rotated: orientation > 1, resized: false, converted: format !== 'jpeg' },
      });
    }
  },
);

/** Colors after turns counterclockwise and then a mirror, as the standard orders them. */
function turnedColors(quarterTurns: number, mirror: 0 | 1 | undefined): Colors {
  let [a, b, c, d] = upright;
  for (let turn = 0; turn < quarterTurns; turn++) [a, b, c, d] = [b, d, a, c];
  if (mirror === 0) return [c, d, a, b];
  return mirror === 1 ? [b, a, d, c] : [a, b, c, d];
}

test.each([
  ['a HEIC picture', undefined],
  ['a HEIC grid of tiles', { columns: 3, rows: 2 }],
] as const)(
  'the turn and the mirror of %s are applied once, and its EXIF orientation is not',
  async (_what, grid) => {
    const gateway = await startGateway();
    for (const irot of [undefined, 0, 1, 2, 3] as const) {
      for (const imir of [undefined, 0, 1] as const) {
        const turn = { ...(irot !== undefined && { irot }), ...(imir !== undefined && { imir }) };
        const bytes = heicPicture({ ...turn, ...(grid && { grid }), exifOrientation: 6 });
        const { picture, colors } = await prepare(gateway, bytes);
        // The tiles of a grid are alike, so only its size tells about it as a whole.
        if (!grid)
          expect({ irot, imir, colors }).toEqual({ irot, imir, colors: turnedColors(irot ?? 0, imir) });
        const [wide, high] = grid ? [192, 128] : [64, 64];
        const isSideways = (irot ?? 0) % 2 === 1;
        expect(picture).toMatchObject({
          width: isSideways ? high : wide,
          height: isSideways ? wide : high,
          prepared: { rotated: (irot ?? 0) > 0 || imir !== undefined, resized: false, converted: true },
        });
      }
    }
  },
);

import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** Pictures that are small as files but large, slow or broken when decoded. */

interface PngOptions {
  width: number;
  height: number;
  bitDepth?: 1 | 2 | 4 | 8 | 16;
  /** 0 gray, 2 RGB, 3 palette, 6 RGBA. */
  colorType?: 0 | 2 | 3 | 6;
  isInterlaced?: boolean;
  /** Bytes of pixel data before compression; default: as many as the header declares. */
  rawBytes?: number;
  /** Chunks before the pixel data. */
  extra?: Buffer[];
}

const channels = { 0: 1, 2: 3, 3: 1, 6: 4 } as const;

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG of black pixels, created without holding them in memory. */
export function pngBomb(options: PngOptions): Buffer {
  const { width, height, bitDepth = 16, colorType = 2, isInterlaced = false, extra = [] } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colorType, 0, 0, isInterlaced ? 1 : 0], 8);
  const rowBytes = Math.ceil((width * bitDepth * channels[colorType]) / 8) + 1;
  // Interlaced pictures have seven passes, with a filter byte for each of their rows.
  const rawBytes = options.rawBytes ?? rowBytes * height + (isInterlaced ? height * 16 : 0);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...(colorType === 3 ? [pngChunk('PLTE', Buffer.alloc(3))] : []),
    ...extra,
    pngChunk('IDAT', deflateZeros(rawBytes)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** zlib data of very many zeros. */
export function deflateZeros(bytes: number): Buffer {
  return deflateSync(Buffer.alloc(bytes), { level: 9 });
}

/** A text chunk, or color profile, that decompresses to a huge size. */
export const zippedChunk = (type: 'iTXt' | 'zTXt' | 'iCCP', bytes: number): Buffer =>
  pngChunk(
    type,
    Buffer.concat([
      Buffer.from({ iTXt: 'k\0\x01\0\0\0', zTXt: 'k\0\0', iCCP: 'k\0\0' }[type], 'latin1'),
      deflateZeros(bytes),
    ]),
  );

/** A progressive JPEG whose last scan is repeated. Each repetition makes a decoder process all pixels again. */
export async function jpegOfManyScans(width: number, height: number, scans: number): Promise<Buffer> {
  const plain = await sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .jpeg({ progressive: true, quality: 50 })
    .toBuffer();
  const start = plain.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = plain.subarray(start, -2);
  return Buffer.concat([plain.subarray(0, -2), ...Array<Buffer>(scans).fill(scan), plain.subarray(-2)]);
}

/** The same picture with another size in its frame header. */
export function jpegWithSize(jpeg: Buffer, width: number, height: number): Buffer {
  const lying = Buffer.from(jpeg);
  for (let at = 2; at < lying.length - 9; at += 2 + lying.readUInt16BE(at + 2)) {
    if (lying[at + 1] === 0xc0 || lying[at + 1] === 0xc2) {
      lying.writeUInt16BE(height, at + 5);
      lying.writeUInt16BE(width, at + 7);
      return lying;
    }
  }
  throw new Error('no frame header');
}

/** An animated WebP or GIF with this many frames. */
export async function animation(format: 'webp' | 'gif', side: number, frames: number): Promise<Buffer> {
  const data = Buffer.alloc(side * side * frames * 3);
  for (let at = 0; at < data.length; at += 997) data[at] = at % 251;
  return sharp(data, { raw: { width: side, height: side * frames, channels: 3, pageHeight: side } })
    .toFormat(format)
    .toBuffer();
}

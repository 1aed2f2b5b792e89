import { readHeifPicture } from './heif-file.js';

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'heic';

/** Format and size claimed by the first bytes of a picture. Untrusted: only a decoder can confirm them. */
export interface PictureHeader {
  format: PictureFormat;
  /** Undefined if the given bytes do not contain the size. */
  size?: { width: number; height: number } | undefined;
}

/** Enough bytes to recognize any format. */
export const signatureBytes = 16;

/** The format according to the first bytes, ignoring name and content type; undefined if unknown. */
export function sniffFormat(bytes: Buffer): PictureFormat | undefined {
  const head = bytes.subarray(0, signatureBytes).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (/^RIFF[\s\S]{4}WEBP/.test(head)) return 'webp';
  if (/^GIF8[79]a/.test(head)) return 'gif';
  if (/^[\s\S]{4}ftypavi[fs]/.test(head)) return 'avif';
  if (/^[\s\S]{4}ftyp(hei[cxms]|hev[cxms]|mif[12]|msf1|miaf)/.test(head)) return 'heic';
  return undefined;
}

/**
 * Reads format and size without decoding anything.
 *
 * @param bytes the beginning of a file; more bytes find a size that comes later in it
 * @returns undefined if it is not a picture of a known format
 */
export function readPictureHeader(bytes: Buffer): PictureHeader | undefined {
  const format = sniffFormat(bytes);
  if (format === undefined) return undefined;
  return { format, size: sizeReaders[format]?.(bytes) };
}

/**
 * Whether a file contains the end of its picture, as far as its format tells; true where it does not.
 *
 * @param tail the last bytes of the file
 * @param bytes size of the file
 */
export function hasPictureEnd(format: PictureFormat, head: Buffer, tail: Buffer, bytes: number): boolean {
  switch (format) {
    case 'jpeg':
      return tail.includes(Buffer.from([0xff, 0xd9]));
    case 'png':
      return tail.includes('IEND');
    case 'webp':
      return bytes >= head.readUInt32LE(4) + 8;
    case 'gif':
      return tail.includes(0x3b, Math.max(tail.length - 64, 0));
    default:
      return true;
  }
}

type SizeReader = (bytes: Buffer) => PictureHeader['size'];

const sizeReaders: Partial<Record<PictureFormat, SizeReader>> = {
  png: (bytes) =>
    bytes.length >= 24 ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) } : undefined,
  gif: (bytes) =>
    bytes.length >= 10 ? { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) } : undefined,
  webp: readWebpSize,
  jpeg: readJpegSize,
  heic: readHeifSize,
  avif: readHeifSize,
};

/** As shown: a quarter turn swaps the sides. */
function readHeifSize(bytes: Buffer): PictureHeader['size'] {
  const { size, quarterTurns = 0 } = readHeifPicture(bytes) ?? {};
  return size && quarterTurns % 2 === 1 ? { width: size.height, height: size.width } : size;
}

function readWebpSize(bytes: Buffer): PictureHeader['size'] {
  if (bytes.length < 30) return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    default:
      return undefined;
  }
}

/** Walks the segments up to the frame header, which follows EXIF, color profile and the like. */
function readJpegSize(bytes: Buffer): PictureHeader['size'] {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else if (isBareMarker(marker)) at += 2;
    else if (isFrameHeader(marker))
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return undefined;
}

/** Markers without a length: TEM, and the restart markers. */
const isBareMarker = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** SOF0 to SOF15; DHT, JPG and DAC share their range. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

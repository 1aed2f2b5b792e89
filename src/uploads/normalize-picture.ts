import { open, writeFile } from 'node:fs/promises';
import type { OutputInfo, Sharp } from 'sharp';
import { readHeifPicture } from '../lib/pictures/heif-file.js';
import { sniffFormat } from '../lib/pictures/picture-header.js';
import { PictureRefusal } from '../lib/pictures/picture-job.js';
import { maxPicturePixels, refuseSize } from '../lib/pictures/picture-limits.js';
import { decodeHeic } from './decode-heic.js';
import { maxSide, type Preparation, typeNotSupported } from './uploaded-picture.js';

export interface NormalizeInput {
  /** Path of the upload. */
  source: string;
  /** Path of the JPEG to be written. */
  target: string;
}

export interface NormalizedPicture {
  width: number;
  height: number;
  bytes: number;
  prepared: Preparation;
}

/** A picture before it is scaled and encoded. */
interface DecodedPicture {
  /** Upright. */
  picture: Sharp;
  /** Before or after it was turned. */
  size: { width: number; height: number };
  rotated: boolean;
  isJpeg: boolean;
}

const supported = ['jpeg', 'png', 'webp'];
/** The header of a HEIF file lists every tile. */
const heifHeaderBytes = 1024 * 1024;

/**
 * Decodes an upload and re-encodes it as JPEG: upright, in sRGB, on white, and without metadata such as the location.
 * Runs only in the picture process.
 *
 * @throws PictureRefusal if it is not a complete picture of a supported type, or has too many pixels (checked in the header);
 *   Error if the disk is full
 */
export async function normalizePicture({ source, target }: NormalizeInput): Promise<NormalizedPicture> {
  const { data, info, prepared } = await encode(source).finally(freePixels);
  await writeFile(target, data, { mode: 0o600 });
  return { width: info.width, height: info.height, bytes: data.length, prepared };
}

async function encode(source: string): Promise<{ data: Buffer; info: OutputInfo; prepared: Preparation }> {
  try {
    const head = await readStart(source, heifHeaderBytes);
    const format = sniffFormat(head);
    const isHeif = format === 'heic' || format === 'avif';
    const { picture, size, rotated, isJpeg } = await (isHeif ? openHeif(source, head) : openOther(source));
    const encoded = await picture
      .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 90 })
      .toBuffer({ resolveWithObject: true });
    const resized = Math.max(size.width, size.height) > maxSide;
    return { ...encoded, prepared: { rotated, resized, converted: !isJpeg } };
  } catch (error) {
    throw error instanceof PictureRefusal ? error : unreadable();
  }
}

async function openOther(source: string): Promise<DecodedPicture> {
  const { default: sharp } = await import('sharp');
  const {
    format,
    width,
    height,
    orientation = 1,
  } = await sharp(source, {
    failOn: 'error',
    limitInputPixels: false,
  }).metadata();
  if (!supported.includes(format)) throw unreadable();
  checkSize({ width, height });
  const picture = sharp(source, { limitInputPixels: maxPicturePixels, failOn: 'error' }).autoOrient();
  return { picture, size: { width, height }, rotated: orientation > 1, isJpeg: format === 'jpeg' };
}

/** The decoders turn and mirror these pictures as their properties say. An orientation in their EXIF is only a copy of that. */
async function openHeif(source: string, head: Buffer): Promise<DecodedPicture> {
  const { default: sharp } = await import('sharp');
  const facts = readHeifPicture(head);
  if (!facts) throw unreadable();
  if (facts.codec === 'other') throw new PictureRefusal('PICTURE_TYPE_NOT_SUPPORTED', typeNotSupported);
  if (facts.size) checkSize(facts.size);
  const rotated = facts.quarterTurns > 0 || facts.isMirrored;
  if (facts.codec === 'av1') {
    const { width, height } = await sharp(source, { limitInputPixels: false }).metadata();
    checkSize({ width, height });
    const picture = sharp(source, { limitInputPixels: maxPicturePixels, failOn: 'error' });
    return { picture, size: { width, height }, rotated, isJpeg: false };
  }
  const { colorProfile } = facts;
  const outcome = await decodeHeic({ path: source, colorProfile });
  if (outcome.kind === 'refused')
    throw outcome.reason === 'damaged'
      ? unreadable()
      : new PictureRefusal('PICTURE_TOO_LARGE', outcome.message);
  const { file, width, height } = outcome;
  const picture = sharp(new Uint8Array(file), {
    ...(!colorProfile && { raw: { width, height, channels: 4 } }),
    limitInputPixels: maxPicturePixels,
  });
  return { picture, size: { width, height }, rotated, isJpeg: false };
}

/** Otherwise the pixels of a HEIC picture would count against the next picture, until the heap needs a collection. */
function freePixels(): void {
  globalThis.gc?.();
}

function checkSize(size: { width: number; height: number }): void {
  const problem = refuseSize(size);
  if (problem !== undefined) throw new PictureRefusal('PICTURE_TOO_LARGE', problem);
}

async function readStart(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const unreadable = (): PictureRefusal =>
  new PictureRefusal('PICTURE_UNREADABLE', 'This picture is damaged or incomplete.');

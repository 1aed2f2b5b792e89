import { writeFile } from 'node:fs/promises';
import type { OutputInfo } from 'sharp';
import { PictureRefusal } from '../lib/pictures/picture-job.js';
import { maxPicturePixels, refuseSize } from '../lib/pictures/picture-limits.js';
import { maxSide } from './uploaded-picture.js';

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
}

const supported = ['jpeg', 'png', 'webp'];

/**
 * Decodes an upload and re-encodes it as JPEG: upright, in sRGB, on white, and without metadata such as the location.
 * Runs only in the picture process.
 *
 * @throws PictureRefusal if it is not a complete PNG, JPEG or WebP, or has too many pixels (checked in the header);
 *   Error if the disk is full
 */
export async function normalizePicture({ source, target }: NormalizeInput): Promise<NormalizedPicture> {
  const { data, info } = await encode(source);
  await writeFile(target, data, { mode: 0o600 });
  return { width: info.width, height: info.height, bytes: data.length };
}

async function encode(source: string): Promise<{ data: Buffer; info: OutputInfo }> {
  const { default: sharp } = await import('sharp');
  const options = { limitInputPixels: maxPicturePixels, failOn: 'error' } as const;
  try {
    const { format, width, height } = await sharp(source, { ...options, limitInputPixels: false }).metadata();
    if (!supported.includes(format)) throw unreadable();
    const problem = refuseSize({ width, height });
    if (problem !== undefined) throw new PictureRefusal('PICTURE_TOO_LARGE', problem);
    return await sharp(source, options)
      .autoOrient()
      .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 90 })
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw error instanceof PictureRefusal ? error : unreadable();
  }
}

const unreadable = (): PictureRefusal =>
  new PictureRefusal('PICTURE_UNREADABLE', 'This picture is damaged or incomplete.');

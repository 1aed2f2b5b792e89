import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** A picture of a single color. */
export function plainPicture(width: number, height: number, format: 'png' | 'jpeg' | 'webp' | 'gif' = 'png') {
  return sharp({ create: { width, height, channels: 3, background: '#3a7' } })
    .toFormat(format)
    .toBuffer();
}

/** One of the project's samples. */
export function samplePicture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, '../samples/pictures', `${name}.jpg`));
}

import { UploadError } from './upload-error.js';
import { maxSide, maxUploadPixels } from './uploaded-picture.js';

export interface CleanPicture {
  jpeg: Buffer;
  width: number;
  height: number;
}

const timeoutSeconds = 15;

/**
 * Decodes an upload and writes it anew as JPEG: upright, in sRGB, on white, and without anything that is not the picture,
 * such as the place it was taken at.
 *
 * @throws UploadError for what is not a whole PNG, JPEG or WebP, or has too many pixels. Only the header of such is read.
 */
export async function cleanPicture(bytes: Buffer): Promise<CleanPicture> {
  if (!isSupported(bytes))
    throw new UploadError(
      'PICTURE_TYPE_NOT_SUPPORTED',
      'This is not a picture that can be used: PNG, JPEG or WebP.',
    );
  const { default: sharp } = await import('sharp');
  const picture = sharp(bytes, { limitInputPixels: maxUploadPixels, failOn: 'error' });
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata().catch(unreadable);
  if (width * height > maxUploadPixels)
    throw new UploadError(
      'PICTURE_TOO_LARGE',
      `This picture has ${width} × ${height} pixels; at most ${maxUploadPixels / 1e6} megapixels can be taken.`,
    );
  const { data, info } = await picture
    .autoOrient()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 90 })
    .timeout({ seconds: timeoutSeconds })
    .toBuffer({ resolveWithObject: true })
    .catch(unreadable);
  return { jpeg: data, width: info.width, height: info.height };
}

/** By what the bytes begin with: neither the name nor the type that was sent with them says anything reliable. */
function isSupported(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 12).toString('latin1');
  return (
    head.startsWith('\xff\xd8\xff') || head.startsWith('\x89PNG\r\n\x1a\n') || /^RIFF....WEBP$/s.test(head)
  );
}

function unreadable(): never {
  throw new UploadError('PICTURE_UNREADABLE', 'This picture is damaged or incomplete.');
}

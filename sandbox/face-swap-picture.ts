import type { Sharp } from 'sharp';
import { sniffFormat } from '../src/lib/pictures/picture-header.js';
import { PictureRefusal } from '../src/lib/pictures/picture-job.js';
import { maxPicturePixels, refuseSize } from '../src/lib/pictures/picture-limits.js';
import { blendFace, type Pixels } from './face-blend.js';
import { describeFaces, type FaceOval, locateFaces } from './face-boxes.js';
import { sandboxLabel } from './sandbox-label.js';

export interface SwapImages {
  readonly init: Buffer;
  readonly target: Buffer;
  readonly reference: Buffer;
}

interface Portrait {
  readonly image: Sharp;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly [FaceOval, ...FaceOval[]];
}

const maxSidePx = 2_048;
const thumbnailPx = 24;
const readableFormats = ['jpeg', 'png', 'webp', 'gif', 'heif'];

/**
 * A JPEG of `init` with the face of `target` in place of the face of `reference`, marked SANDBOX.
 *
 * This is not a face-swap model: it pastes the oval around one face's features over another's, in the tone of the skin
 * below, and finds faces only as `locateFaces` does. If `init` shows several people, the face that looks most like that
 * of `reference` is replaced.
 * @throws PictureRefusal if one of the three is not a JPEG, PNG, WebP, GIF or AVIF, as ModelsLab would say
 */
export async function drawFaceSwap(images: SwapImages): Promise<Buffer> {
  const init = await openPortrait(images.init);
  const target = await openPortrait(images.target);
  const reference = await openPortrait(images.reference);
  const place = await chooseFace(init, reference);
  const box = boundingBox(place);
  const under = await cutFace(init, place, box.width, box.height);
  const over = await cutFace(target, target.faces[0], box.width, box.height);
  const patch = blendFace(under, over);
  const labelHeight = Math.max(14, Math.round(init.height * 0.055));
  const margin = Math.round(labelHeight * 0.4);
  const label = sandboxLabel(Math.min(labelHeight, init.height));
  const fits = init.width > labelHeight * 5;
  return init.image
    .clone()
    .composite([
      {
        input: patch,
        raw: { width: box.width, height: box.height, channels: 3 },
        left: box.left,
        top: box.top,
      },
      ...(fits ? [{ input: label, left: margin, top: Math.max(0, init.height - labelHeight - margin) }] : []),
    ])
    .withExif({ IFD0: { ImageDescription: describeFaces(init.faces) } })
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** @throws PictureRefusal if ModelsLab could not read the bytes as a picture */
export async function checkPicture(bytes: Buffer): Promise<void> {
  await openPortrait(bytes);
}

async function openPortrait(bytes: Buffer): Promise<Portrait> {
  const { default: sharp } = await import('sharp');
  try {
    // SVG in particular: sharp reads it, ModelsLab does not.
    if (sniffFormat(bytes) === undefined) throw new Error('not a picture');
    const metadata = await sharp(bytes, { limitInputPixels: maxPicturePixels }).metadata();
    if (!readableFormats.includes(metadata.format ?? '')) throw new Error(`format ${metadata.format}`);
    const problem = refuseSize(metadata);
    if (problem !== undefined) throw new Error(problem);
    const { data, info } = await sharp(bytes, { limitInputPixels: maxPicturePixels })
      .autoOrient()
      .resize({ width: maxSidePx, height: maxSidePx, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const [face, ...others] = locateFaces(metadata.exif, width, height);
    if (face === undefined) throw new Error('no face');
    return {
      image: sharp(data, { raw: { width, height, channels } }),
      width,
      height,
      faces: [face, ...others],
    };
  } catch (error) {
    throw new PictureRefusal('unreadable', error instanceof Error ? error.message : String(error));
  }
}

async function chooseFace(init: Portrait, reference: Portrait): Promise<FaceOval> {
  if (init.faces.length === 1) return init.faces[0];
  const wanted = await cutFace(reference, reference.faces[0], thumbnailPx, thumbnailPx);
  const candidates = await Promise.all(
    init.faces.map(async (face) => {
      const thumbnail = await cutFace(init, face, thumbnailPx, thumbnailPx);
      return { face, difference: difference(thumbnail.data, wanted.data) };
    }),
  );
  return candidates.reduce((best, next) => (next.difference < best.difference ? next : best)).face;
}

async function cutFace(portrait: Portrait, face: FaceOval, width: number, height: number): Promise<Pixels> {
  const data = await portrait.image
    .clone()
    .extract(boundingBox(face))
    .resize({ width, height, fit: 'fill' })
    .raw()
    .toBuffer();
  return { data, width, height };
}

function boundingBox(face: FaceOval) {
  return {
    left: Math.ceil(face.centreX - face.radiusX),
    top: Math.ceil(face.centreY - face.radiusY),
    width: Math.max(1, Math.floor(face.radiusX * 2) - 1),
    height: Math.max(1, Math.floor(face.radiusY * 2) - 1),
  };
}

function difference(a: Buffer, b: Buffer): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum;
}

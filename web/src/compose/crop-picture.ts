/** A square: its center in fractions of the picture, its side as a fraction of the shorter side. */
export interface Crop {
  x: number;
  y: number;
  size: number;
}

const maxSidePx = 1024;
const quality = 0.92;

/** Keeps the square inside of the picture. @param ratio width of the picture divided by its height */
export function clampCrop({ x, y, size }: Crop, ratio: number): Crop {
  const halfWidth = (ratio > 1 ? size / ratio : size) / 2;
  const halfHeight = (ratio > 1 ? size : size * ratio) / 2;
  const clamp = (at: number, half: number): number => Math.min(1 - half, Math.max(half, at));
  return { x: clamp(x, halfWidth), y: clamp(y, halfHeight), size };
}

/** Cuts a square out of a picture, as a JPEG. @param url of the page's origin. @throws if the picture cannot be drawn */
export async function cropPicture(url: string, crop: Crop): Promise<File> {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  const { naturalWidth, naturalHeight } = picture;
  const { x, y, size } = clampCrop(crop, naturalWidth / naturalHeight);
  const side = Math.round(size * Math.min(naturalWidth, naturalHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.min(side, maxSidePx);
  canvas.height = canvas.width;
  const left = x * naturalWidth - side / 2;
  const top = y * naturalHeight - side / 2;
  canvas.getContext('2d')?.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
  if (!blob) throw new Error('the browser made no picture');
  return new File([blob], 'face.jpg', { type: 'image/jpeg' });
}

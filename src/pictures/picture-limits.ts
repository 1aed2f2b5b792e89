/** Of a picture that is decoded. */
export const maxPicturePixels = 40_000_000;
/** Decoders work by rows: very long ones take memory out of all proportion to the pixels. */
export const maxPictureSide = 16_384;

/** Why a picture of this size is not decoded, in words for whoever sent it; undefined when it is. */
export function refuseSize({ width, height }: { width: number; height: number }): string | undefined {
  if (width > maxPictureSide || height > maxPictureSide)
    return `This picture has ${width} × ${height} pixels; at most ${maxPictureSide} a side are accepted.`;
  if (width * height > maxPicturePixels)
    return `This picture has ${width} × ${height} pixels; at most ${maxPicturePixels / 1e6} megapixels are accepted.`;
  return undefined;
}

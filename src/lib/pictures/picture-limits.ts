/** Limits on pictures that are decoded. */
/** Phones take up to 50 megapixels. */
export const maxPicturePixels = 50_000_000;
/** Decoders work row by row: very long rows take memory out of proportion to the number of pixels. */
export const maxPictureSide = 16_384;

/** Why a picture of this size is rejected, as a message for the client; undefined if it is accepted. */
export function refuseSize({ width, height }: { width: number; height: number }): string | undefined {
  if (width > maxPictureSide || height > maxPictureSide)
    return `This picture has ${width} × ${height} pixels; at most ${maxPictureSide} per side are accepted.`;
  if (width * height > maxPicturePixels)
    return `This picture has ${width} × ${height} pixels; at most ${maxPicturePixels / 1e6} megapixels are accepted.`;
  return undefined;
}

/** Rows that a decoder of the file reads at a time. */
const rowsPerStrip = 64;

/**
 * The beginning of a TIFF file of uncompressed RGBA pixels, which follow it. Unlike bare pixels, such a file can say what its colors
 * mean.
 *
 * @param colorProfile ICC profile
 */
export function tiffHeader(
  { width, height }: { width: number; height: number },
  colorProfile: Uint8Array,
): Buffer {
  const strips = Math.ceil(height / rowsPerStrip);
  const tagCount = 13;
  const bitsAt = 8 + 2 + tagCount * 12 + 4;
  const offsetsAt = bitsAt + 8;
  const countsAt = offsetsAt + strips * 4;
  const profileAt = countsAt + strips * 4;
  const bytes = Buffer.alloc(profileAt + colorProfile.length + (colorProfile.length % 2));
  const [short, long, undefinedType] = [3, 4, 7];
  const listOrValue = (at: number): number => (strips === 1 ? bytes.readUInt32LE(at) : at);
  for (let strip = 0; strip < strips; strip++) {
    const rows = Math.min(rowsPerStrip, height - strip * rowsPerStrip);
    bytes.writeUInt32LE(bytes.length + strip * rowsPerStrip * width * 4, offsetsAt + strip * 4);
    bytes.writeUInt32LE(rows * width * 4, countsAt + strip * 4);
  }
  const tags: [tag: number, type: number, count: number, value: number][] = [
    [256, long, 1, width],
    [257, long, 1, height],
    // Bits per sample, no compression, RGB.
    [258, short, 4, bitsAt],
    [259, short, 1, 1],
    [262, short, 1, 2],
    [273, long, strips, listOrValue(offsetsAt)],
    [274, short, 1, 1],
    [277, short, 1, 4],
    [278, long, 1, rowsPerStrip],
    [279, long, strips, listOrValue(countsAt)],
    // One plane; the fourth sample is alpha.
    [284, short, 1, 1],
    [338, short, 1, 2],
    [34675, undefinedType, colorProfile.length, profileAt],
  ];
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(tags.length, 8);
  for (const [index, [tag, type, count, value]] of tags.entries()) {
    const at = 10 + index * 12;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(count, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  }
  for (let sample = 0; sample < 4; sample++) bytes.writeUInt16LE(8, bitsAt + sample * 2);
  bytes.set(colorProfile, profileAt);
  return bytes;
}

import type { Edit } from '../swap/labeler.js';
import type { FileWindow } from './file-window.js';
import { decodeXmp, joinEdits, maxParts, maxXmpBytes, type Range, removal, type Scan } from './metadata.js';

const riffHeaderLength = 12;
const chunkHeaderLength = 8;
/** Position of the flags of a VP8X chunk, which comes first. */
const flagsAt = riffHeaderLength + chunkHeaderLength;
const xmpFlag = 0x04;
const alphaFlag = 0x10;
const extendedLength = 10;
const maxRiffLength = 0xffff_fffe;
/** Longer than the header of any frame. */
const frameHeaderLength = 16;
const pixelTypes = new Set(['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF']);

/** Reads the chunks of the RIFF container. The label is its last chunk, as the format demands; the header announces it. */
export const scanWebp: Scan = async (file) => {
  const riffEnd = chunkHeaderLength + (await file.bytes(4, 4)).readUInt32LE(0);
  // Decoders refuse a file that ends before its container does.
  if (riffEnd > file.size) return undefined;
  const c2pa: Range[] = [];
  const packets: (Range & { text?: string })[] = [];
  const first = await readFirstChunk(file);
  let at = riffHeaderLength;
  let isUnpadded = false;

  for (let chunks = 0; at + chunkHeaderLength <= riffEnd; chunks += 1) {
    if (chunks === maxParts) return undefined;
    const head = await file.bytes(at, chunkHeaderLength);
    const length = head.readUInt32LE(4);
    const end = at + chunkHeaderLength + length;
    if (end > riffEnd) return undefined;
    isUnpadded = length % 2 === 1 && end === riffEnd;
    const next = isUnpadded ? end : end + (length % 2);
    const chunk: Range = { offset: at, length: next - at };
    const type = head.toString('latin1', 0, 4);
    // Only the first chunk of a simple file counts; in an extended file, decoders would see the others, too.
    if (chunks > 0 && first?.flags === undefined && pixelTypes.has(type)) return undefined;
    if (type === 'C2PA') c2pa.push(chunk);
    if (type === 'XMP ' || type === 'XMP\0') {
      const text =
        length <= maxXmpBytes ? decodeXmp(await file.bytes(at + chunkHeaderLength, length)) : undefined;
      packets.push({ ...chunk, ...(text !== undefined && { text }) });
    }
    at = next;
  }
  if (!first || at === riffHeaderLength) return undefined;
  const endOfChunks = at;
  const isLastUnpadded = isUnpadded;
  return { c2pa, xmp: packets[0], replaceXmp };

  function replaceXmp(packet: string): Edit[] | undefined {
    const isLastReplaced = packets.at(-1)?.offset === endOfChunks - (packets.at(-1)?.length ?? 0);
    const chunk = chunkOf('XMP ', Buffer.from(packet));
    const padding = Buffer.alloc(isLastUnpadded && !isLastReplaced ? 1 : 0);
    const edits: Edit[] = packets.map(removal);
    edits.push({ offset: endOfChunks, remove: 0, insert: Buffer.concat([padding, chunk]) });
    if (first?.flags !== undefined)
      edits.push({ offset: flagsAt, remove: 1, insert: Buffer.from([first.flags | xmpFlag]) });
    else if (first) edits.push({ offset: riffHeaderLength, remove: 0, insert: extendedHeader(first) });
    const growth = edits.reduce((sum, { remove, insert }) => sum + insert.length - remove, 0);
    // Bytes too few for a chunk end up outside the container, where decoders ignore them.
    const riffLength = endOfChunks - chunkHeaderLength + growth;
    if (riffLength > maxRiffLength) return undefined;
    const riffSize = Buffer.alloc(4);
    riffSize.writeUInt32LE(riffLength);
    return joinEdits([{ offset: 4, remove: 4, insert: riffSize }, ...edits]);
  }
};

/** Of an extended file, the flags; of a simple one, what its header has to say. */
type FirstChunk = { flags: number } | { flags?: undefined; width: number; height: number; hasAlpha: boolean };

async function readFirstChunk(file: FileWindow): Promise<FirstChunk | undefined> {
  const head = await file.bytes(riffHeaderLength, chunkHeaderLength + frameHeaderLength);
  if (head.length < chunkHeaderLength + 10) return undefined;
  const length = head.readUInt32LE(4);
  const data = head.subarray(chunkHeaderLength);
  switch (head.toString('latin1', 0, 4)) {
    case 'VP8X':
      return length >= extendedLength ? { flags: data.readUInt8(0) } : undefined;
    case 'VP8L': {
      if (length < 5 || data[0] !== 0x2f) return undefined;
      const bits = data.readUInt32LE(1);
      return {
        width: (bits & 0x3fff) + 1,
        height: ((bits >>> 14) & 0x3fff) + 1,
        hasAlpha: ((bits >>> 28) & 1) === 1,
      };
    }
    case 'VP8 ': {
      if (length < 10 || data.readUIntBE(3, 3) !== 0x9d012a) return undefined;
      const width = data.readUInt16LE(6) & 0x3fff;
      const height = data.readUInt16LE(8) & 0x3fff;
      return width > 0 && height > 0 ? { width, height, hasAlpha: false } : undefined;
    }
    default:
      return undefined;
  }
}

function extendedHeader({
  width,
  height,
  hasAlpha,
}: {
  width: number;
  height: number;
  hasAlpha: boolean;
}): Buffer {
  const data = Buffer.alloc(extendedLength);
  data[0] = xmpFlag | (hasAlpha ? alphaFlag : 0);
  data.writeUIntLE(width - 1, 4, 3);
  data.writeUIntLE(height - 1, 7, 3);
  return chunkOf('VP8X', data);
}

function chunkOf(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(chunkHeaderLength);
  head.write(type, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

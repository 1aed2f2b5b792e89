import type { Edit } from '../swap/labeler.js';
import { decodeXmp, joinEdits, type Range, removal, type Scan, type XmpExtension } from './metadata.js';

const xmpSignature = 'http://ns.adobe.com/xap/1.0/\0';
const extensionSignature = 'http://ns.adobe.com/xmp/extension/\0';
const maxExtensionPart = 65_400;
const exifSignature = 'Exif\0\0';
const multiPictureSignature = 'MPF\0';
/** A segment's length includes its own two bytes. */
const maxPayload = 0xffff - 2;
const app0 = 0xe0;
const app1 = 0xe1;
const app2 = 0xe2;
const app11 = 0xeb;
const maxSegments = 10_000;
/** Bytes between segments, such as fill bytes, that are skipped as decoders do. */
const maxSkipped = 4096;
/** Contains the description of the outermost JUMBF box. */
const jumbfHeadBytes = 256;

/** Reads the segments up to the first scan. The label follows JFIF and Exif, which readers expect first. */
export const scanJpeg: Scan = async (file) => {
  const c2pa: Range[] = [];
  const packets: (Range & { text: string | undefined; followsOffsets: boolean })[] = [];
  let at = 2;
  let insertAt = 2;
  let isFront = true;
  let hasOffsets = false;
  let hasFrame = false;
  let skipped = 0;

  for (let segments = 0; segments < maxSegments; ) {
    const head = await file.bytes(at, 4);
    const marker = head[1];
    if (marker === undefined) return undefined;
    if (head[0] !== 0xff || marker === 0xff || marker === 0x00) {
      at += 1;
      skipped += 1;
      if (skipped > maxSkipped) return undefined;
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      segments += 1;
      continue;
    }
    if (marker === 0xda && hasFrame) return { c2pa, xmp: packets[0] && textOf(packets[0]), replaceXmp };
    if (marker === 0xd8 || marker === 0xd9 || marker === 0xda || head.length < 4) return undefined;
    const length = 2 + head.readUInt16BE(2);
    if (length < 4 || at + length > file.size) return undefined;
    const segment: Range = { offset: at, length };
    hasFrame ||= isFrameHeader(marker);
    const startsWith = async (signature: string): Promise<boolean> =>
      (await file.bytes(at + 4, Math.min(signature.length, length - 4))).toString('latin1') === signature;

    const isExif = marker === app1 && (await startsWith(exifSignature));
    if (isFront && (marker === app0 || isExif)) insertAt = at + length;
    else isFront = false;
    if (marker === app1 && (await startsWith(xmpSignature))) {
      const payload = await file.bytes(at + 4 + xmpSignature.length, length - 4 - xmpSignature.length);
      packets.push({ ...segment, text: decodeXmp(payload), followsOffsets: hasOffsets });
    } else if (marker === app2 && (await startsWith(multiPictureSignature))) hasOffsets = true;
    else if (marker === app11) {
      const jumbf = (await file.bytes(at + 4, Math.min(jumbfHeadBytes, length - 4))).toString('latin1');
      // The boxes of one superbox may span segments; each repeats its header, but only the first describes it.
      if (jumbf.startsWith('JP') && (c2pa.length > 0 || (jumbf.includes('jumb') && jumbf.includes('c2pa'))))
        c2pa.push(segment);
    }
    at += length;
    segments += 1;
  }
  return undefined;

  function replaceXmp(packet: string, extension?: XmpExtension): Edit[] | undefined {
    const payload = Buffer.from(`${xmpSignature}${packet}`);
    if (payload.length > maxPayload) return undefined;
    const edits = packets.map((old) => (old.followsOffsets ? blanked(old) : removal(old)));
    const insert = Buffer.concat([segmentOf(payload), ...(extension ? extensionSegments(extension) : [])]);
    return joinEdits([{ offset: insertAt, remove: 0, insert }, ...edits]);
  }
};

/** SOF0 to SOF15, and that of JPEG-LS; DHT, JPG and DAC share their range. */
const isFrameHeader = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;

const textOf = ({ text }: { text: string | undefined }): { text?: string } =>
  text === undefined ? {} : { text };

/**
 * Replaces an old packet by one of the same length that means nothing: further pictures of the file (MPF) are found by their
 * distance from a segment before it.
 */
function blanked({ offset, length }: Range): Edit {
  return { offset, remove: length, insert: segmentOf(Buffer.alloc(length - 4)) };
}

function extensionSegments({ text, guid }: XmpExtension): Buffer[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / maxExtensionPart) }, (_, n) => {
    const offset = n * maxExtensionPart;
    const position = Buffer.alloc(8);
    position.writeUInt32BE(bytes.length, 0);
    position.writeUInt32BE(offset, 4);
    const part = bytes.subarray(offset, offset + maxExtensionPart);
    return segmentOf(Buffer.concat([Buffer.from(`${extensionSignature}${guid}`), position, part]));
  });
}

function segmentOf(payload: Buffer): Buffer {
  const head = Buffer.from([0xff, app1, 0, 0]);
  head.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([head, payload]);
}

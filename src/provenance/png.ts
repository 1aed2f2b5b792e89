import { crc32, inflateSync } from 'node:zlib';
import { decodeXmp, joinEdits, maxParts, maxXmpBytes, type Range, removal, type Scan } from './metadata.js';

const keyword = 'XML:com.adobe.xmp';
/** Under this keyword, ImageMagick writes a length and the packet as hexadecimal digits. */
const rawKeyword = 'Raw profile type xmp';
const maxKeywordLength = 80;
const signatureLength = 8;
const headerLength = 13;
/** Length, type and checksum. */
const frameLength = 12;
const textTypes = new Set(['iTXt', 'zTXt', 'tEXt']);
/** Room for a packet as hexadecimal digits. */
const maxTextBytes = 2.5 * maxXmpBytes;
/** Behind the header, so that readers find it before the pixels. */
const insertAt = signatureLength + frameLength + headerLength;

/** Reads the chunks. A file that ends early is labeled all the same, if its pixels have begun: decoders show what there is. */
export const scanPng: Scan = async (file) => {
  const c2pa: Range[] = [];
  const packets: (Range & { text?: string })[] = [];
  let hasPixels = false;
  let at = signatureLength;

  for (let chunks = 0; ; chunks += 1) {
    if (chunks === maxParts) return undefined;
    const head = await file.bytes(at, 8);
    if (head.length < 8) break;
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4);
    if (!/^[A-Za-z]{4}$/.test(type)) break;
    if (chunks === 0 && (type !== 'IHDR' || length !== headerLength)) return undefined;
    if (type === 'IDAT') hasPixels = true;
    const chunk: Range = { offset: at, length: length + frameLength };
    if (at + chunk.length > file.size) break;
    if (type === 'caBX') c2pa.push(chunk);
    if (textTypes.has(type)) {
      const start = (await file.bytes(at + 8, Math.min(length, maxKeywordLength))).toString('latin1');
      const found = [keyword, rawKeyword].find((each) => start.startsWith(`${each}\0`));
      if (found !== undefined) {
        const data = length <= maxTextBytes ? await file.bytes(at + 8, length) : undefined;
        const bytes = data && readText(type, data.subarray(found.length + 1));
        const packet = found === rawKeyword ? bytes && fromHex(bytes) : bytes;
        const text = packet && decodeXmp(packet);
        packets.push({ ...chunk, ...(text !== undefined && { text }) });
      }
    }
    at += chunk.length;
    if (type === 'IEND') break;
  }
  if (!hasPixels) return undefined;
  return {
    c2pa,
    xmp: packets[0],
    replaceXmp: (packet) =>
      joinEdits([{ offset: insertAt, remove: 0, insert: chunkOf(packet) }, ...packets.map(removal)]),
  };
};

/**
 * The text of a chunk, behind its keyword. iTXt: compression flag and method, language, translated keyword, text. zTXt: compression
 * method, compressed text.
 * @returns undefined if it is malformed or too long
 */
function readText(type: string, data: Buffer): Buffer | undefined {
  if (type === 'tEXt') return data;
  if (type === 'zTXt') return inflate(data.subarray(1));
  const languageEnd = data.indexOf(0, 2);
  const translationEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  if (translationEnd < 0) return undefined;
  const text = data.subarray(translationEnd + 1);
  return data[0] === 0 ? text : inflate(text);
}

function inflate(data: Buffer): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength: maxTextBytes });
  } catch {
    return undefined;
  }
}

function fromHex(bytes: Buffer): Buffer | undefined {
  const [, digits] = /^\s*xmp\s+\d+\s+([\da-f\s]+)$/i.exec(bytes.toString('latin1')) ?? [];
  return digits === undefined ? undefined : Buffer.from(digits.replace(/\s+/g, ''), 'hex');
}

function chunkOf(packet: string): Buffer {
  const typeAndData = Buffer.from(`iTXt${keyword}\0\0\0\0\0${packet}`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(typeAndData.length - 4);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(typeAndData));
  return Buffer.concat([length, typeAndData, checksum]);
}

import { isUtf8 } from 'node:buffer';
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

/** A body as received. */
export interface RawBody {
  bytes: Buffer;
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  /** Limit after decompression. Default: 1 MiB. */
  maxBytes?: number | undefined;
}

/** Limit after decompression; a larger body counts as not decompressible. */
export const maxBodyBytes = 1024 * 1024;
const maxEncodings = 4;

type Decompress = (bytes: Buffer, maxOutputLength: number) => Buffer;

/** A truncated compressed body still yields what precedes the cut. */
const finishFlush = constants.Z_SYNC_FLUSH;
const decompressors: Record<string, Decompress> = {
  gzip: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength, finishFlush }),
  // Many servers send raw deflate under this name.
  deflate: (bytes, maxOutputLength) =>
    firstThatWorks(bytes, maxOutputLength, [
      (b) => inflateSync(b, { maxOutputLength, finishFlush }),
      (b) => inflateRawSync(b, { maxOutputLength, finishFlush }),
    ]),
  br: (bytes, maxOutputLength) =>
    brotliDecompressSync(bytes, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }),
};
const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * The text of a body, whatever its headers claim: decompressed by the declared encoding or by its magic bytes, then
 * decoded by its byte order mark, the declared charset, or as UTF-8. Never throws: a body that cannot be decompressed,
 * or would exceed its limit, is decoded as is.
 */
export function decodeBody({
  bytes,
  contentType,
  contentEncoding,
  maxBytes = maxBodyBytes,
}: RawBody): string {
  return decodeText(decompress(bytes, contentEncoding ?? '', maxBytes), contentType ?? '');
}

function decompress(bytes: Buffer, contentEncoding: string, maxBytes: number): Buffer {
  const declared = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-/, ''))
    .filter((name) => name !== '' && name !== 'identity')
    .slice(0, maxEncodings);
  let decoded = bytes;
  for (const name of declared.reverse()) decoded = decompressBy(name, decoded, maxBytes);
  if (decoded.subarray(0, 2).equals(gzipMagic)) return decompressBy('gzip', decoded, maxBytes);
  if (decoded.subarray(0, 4).equals(zstdMagic)) return decompressBy('zstd', decoded, maxBytes);
  return decoded === bytes && bytes.length > 0 && !isUtf8(bytes) ? guess(bytes, maxBytes) : decoded;
}

/** These encodings have no magic bytes, so a result counts only if it looks like JSON text. */
function guess(bytes: Buffer, maxBytes: number): Buffer {
  for (const name of ['deflate', 'br']) {
    const decoded = decompressBy(name, bytes, maxBytes);
    if (decoded !== bytes && isUtf8(decoded) && /[{[]/.test(decoded.toString('latin1'))) return decoded;
  }
  return bytes;
}

function decompressBy(name: string, bytes: Buffer, maxBytes: number): Buffer {
  const decompressor = Object.hasOwn(decompressors, name) ? decompressors[name] : undefined;
  return decompressor ? firstThatWorks(bytes, maxBytes, [decompressor, (b) => b]) : bytes;
}

function firstThatWorks(bytes: Buffer, maxBytes: number, attempts: Decompress[]): Buffer {
  let problem: unknown;
  for (const attempt of attempts) {
    try {
      return attempt(bytes, maxBytes);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

function decodeText(bytes: Buffer, contentType: string): string {
  // TextDecoder removes the byte order mark of its own encoding.
  return new TextDecoder(charsetOf(bytes, contentType)).decode(bytes);
}

function charsetOf(bytes: Buffer, contentType: string): string {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  // JSON begins with an ASCII character: a zero byte next to it means UTF-16.
  if (first === 0 && second !== 0) return 'utf-16be';
  if (first !== 0 && second === 0) return 'utf-16le';
  const [, charset = ''] = /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType) ?? [];
  // The check above rules out a two-byte charset.
  return charset !== '' && !/utf-?16|ucs|utf-?32/i.test(charset) && isKnownCharset(charset)
    ? charset
    : 'utf-8';
}

function isKnownCharset(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}

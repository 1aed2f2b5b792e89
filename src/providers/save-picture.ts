import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import {
  hasPictureEnd,
  type PictureFormat,
  readPictureHeader,
  signatureBytes,
  sniffFormat,
} from '../lib/pictures/picture-header.js';
import type { SaveOutcome } from '../swap/result-reader.js';
import type { Download } from './download.js';

const contentTypes: Record<PictureFormat, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  heic: 'image/heic',
};

export const contentTypeOf = (format: PictureFormat): string => contentTypes[format];

/** An error of the local disk, which says nothing about the result. */
export class LocalDiskError extends Error {
  override readonly name = 'LocalDiskError';
}

/** Kept of the beginning, which has the size in pixels, and of the end. */
const headBytes = 256 * 1024;
const tailBytes = 1024;
/** Written at a time. A picture that is no larger stays in memory. */
const writeBytes = 1024 * 1024;

const decoders: Record<string, () => NodeJS.ReadWriteStream> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Reads the body of a response: into memory if it is small, else into a new file as it arrives. Decodes it if it is not a picture
 * but declares a content encoding.
 *
 * @throws LocalDiskError; the errors of the body
 */
export async function savePicture(
  { headers, body }: Pick<Download, 'headers' | 'body'>,
  path: string,
  maxBytes: number,
): Promise<SaveOutcome> {
  let file: FileHandle | undefined;
  const sha256 = createHash('sha256');
  let head: Buffer | undefined;
  let tail: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let isWhole = false;
  let isPicture = false;
  let unwritten: Buffer[] = [];
  let unwrittenBytes = 0;
  const write = async (): Promise<void> => {
    head ??= headOf(unwritten);
    file ??= await onDisk(open(path, 'wx', 0o600));
    if (unwritten.length > 0) await onDisk(file.writev(unwritten).then(checkWritten(unwrittenBytes)));
    unwritten = [];
    unwrittenBytes = 0;
  };
  try {
    const encoding = String(headers['content-encoding'] ?? '')
      .trim()
      .toLowerCase();
    for await (const chunk of decoded(body, encoding, maxBytes)) {
      bytes += chunk.length;
      if (bytes > maxBytes) return { kind: 'refused', reason: 'too large' };
      sha256.update(chunk);
      unwritten.push(chunk);
      unwrittenBytes += chunk.length;
      if (!isPicture && bytes >= signatureBytes) {
        isPicture = sniffFormat(headOf(unwritten)) !== undefined;
        if (!isPicture) return { kind: 'failed', reason: 'not a picture' };
      }
      tail = chunk.length >= tailBytes ? chunk.subarray(-tailBytes) : Buffer.concat([tail, chunk]);
      tail = tail.subarray(-tailBytes);
      if (unwrittenBytes > writeBytes) await write();
    }
    isWhole = true;
    const content = file ? undefined : unwritten;
    head ??= headOf(unwritten);
    const header = readPictureHeader(head);
    if (!header) return { kind: 'failed', reason: 'not a picture' };
    if (file) {
      await write();
      await onDisk(file.sync());
    }
    return {
      kind: 'saved',
      contentType: contentTypeOf(header.format),
      bytes,
      sha256: sha256.digest('hex'),
      size: header.size,
      isComplete: hasPictureEnd(header.format, head, tail, bytes),
      ...(content && { content }),
    };
  } finally {
    // Destroying a body that was read to its end would close the connection.
    if (!isWhole) body.destroy();
    await file?.close();
  }
}

/** The first part alone, if it tells the size in pixels: copies of pictures are garbage that is expensive to collect. */
function headOf(parts: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0)] = parts;
  const isEnough = first.length >= headBytes || readPictureHeader(first)?.size !== undefined;
  return isEnough ? first.subarray(0, headBytes) : Buffer.concat(parts).subarray(0, headBytes);
}

/** Some hosts declare an encoding that they did not apply, so the first bytes decide. */
async function* decoded(
  body: AsyncIterable<Buffer>,
  encoding: string,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  const createDecoder = decoders[encoding];
  if (!createDecoder) {
    yield* body;
    return;
  }
  const chunks = body[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < signatureBytes) {
    const { value, done } = await chunks.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield start;
    let raw = start.length;
    for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
      raw += chunk.length;
      yield chunk;
      if (raw > maxBytes) return;
    }
  };
  if (sniffFormat(start) !== undefined) {
    yield* whole();
    return;
  }
  const output = new PassThrough();
  const decoding = pipeline(Readable.from(whole()), createDecoder(), output);
  // Its error reaches the reader of `output`.
  decoding.catch(() => undefined);
  yield* output as AsyncIterable<Buffer>;
}

/** A full disk may take a part. */
const checkWritten =
  (expected: number) =>
  ({ bytesWritten }: { bytesWritten: number }): void => {
    if (bytesWritten < expected) throw new Error('ENOSPC: the disk took only a part');
  };

async function onDisk<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (cause) {
    throw new LocalDiskError(`cannot write a result to the disk: ${(cause as Error).message}`, { cause });
  }
}

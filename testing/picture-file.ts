import { applyEdits } from '../src/provenance/apply-edits.js';
import type { Edit, PictureFile } from '../src/swap/labeler.js';

/** A picture in memory, as the labeler reads it. */
export function pictureFile(bytes: Uint8Array): PictureFile {
  return { size: bytes.byteLength, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** The bytes after the edits, streamed in chunks of the given size. */
export async function edited(bytes: Uint8Array, edits: readonly Edit[], chunkBytes = 4096): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of applyEdits(chunksOf(bytes, chunkBytes), edits)) parts.push(part);
  return Buffer.concat(parts);
}

function* chunksOf(bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

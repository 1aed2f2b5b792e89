import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Labeled, PictureLabeler } from '../archive/picture-fetcher.js';
import type { Config } from '../config/config.js';
import { readVersion } from '../lib/project-files.js';
import { applyEdits } from '../provenance/apply-edits.js';
import { createXmpLabeler } from '../provenance/xmp-labeler.js';
import type { Labeler, LabelPlan, PictureFile } from '../swap/labeler.js';

/** The labeler of archived pictures; undefined: they are stored as they came. */
export function createLabeler({ provenance }: Pick<Config, 'provenance'>): Labeler | undefined {
  if (provenance === 'off') return undefined;
  return createXmpLabeler({ system: { name: 'Face Swap Gateway', version: readVersion() } });
}

/** Labels pictures in memory, and files in constant memory; a file that stays as it is is linked instead of copied. */
export function createPictureLabeler(labeler: Labeler): PictureLabeler {
  return {
    async labelParts(original, at) {
      const { edits, ...label } = await labeler.plan(inMemory(original), at);
      const parts: Buffer[] = [];
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const part of applyEdits(original, edits)) {
        hash.update(part);
        bytes += part.byteLength;
        parts.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
      }
      return { parts, bytes, sha256: hash.digest('hex'), label };
    },
    async labelFile({ path, bytes, sha256 }, target, at) {
      const { edits, ...label } = await planFor(labeler, { path, bytes }, at);
      if (edits.length > 0) return { ...(await writeEdited(path, target, edits)), label };
      await link(path, target);
      return { bytes, sha256, label };
    },
  };
}

async function writeEdited(
  path: string,
  target: string,
  edits: LabelPlan['edits'],
): Promise<Omit<Labeled, 'label'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    createReadStream(path),
    (source: AsyncIterable<Buffer>) => applyEdits(source, edits),
    async function* (parts: AsyncIterable<Uint8Array>) {
      for await (const part of parts) {
        hash.update(part);
        bytes += part.byteLength;
        yield part;
      }
    },
    createWriteStream(target, { flags: 'wx', mode: 0o600, flush: true }),
  );
  return { bytes, sha256: hash.digest('hex') };
}

const inMemory = (parts: readonly Buffer[]): PictureFile => ({
  size: parts.reduce((sum, { length }) => sum + length, 0),
  async read(offset, length) {
    const found: Buffer[] = [];
    let start = offset;
    for (const part of parts) {
      if (start < part.length && start + length > 0)
        found.push(part.subarray(Math.max(start, 0), Math.max(start + length, 0)));
      start -= part.length;
    }
    return found.length === 1 && found[0] ? found[0] : Buffer.concat(found);
  },
});

async function planFor(
  labeler: Labeler,
  { path, bytes: size }: { path: string; bytes: number },
  at: number,
): Promise<LabelPlan> {
  const file = await open(path);
  try {
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    return await labeler.plan({ size, read }, at);
  } finally {
    await file.close();
  }
}

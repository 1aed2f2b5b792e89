import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config/config.js';
import { readVersion } from '../lib/project-files.js';
import { applyEdits } from '../provenance/apply-edits.js';
import { createXmpLabeler } from '../provenance/xmp-labeler.js';
import type { Labeler, LabelPlan } from '../swap/labeler.js';

/** The labeler of archived pictures; undefined: they are stored as they came. */
export function createLabeler({ provenance }: Pick<Config, 'provenance'>): Labeler | undefined {
  if (provenance === 'off') return undefined;
  return createXmpLabeler({ system: { name: 'Face Swap Gateway', version: readVersion() } });
}

/** A picture on the local disk. `sha256` in hexadecimal. */
export interface PictureOnDisk {
  path: string;
  bytes: number;
  sha256: string;
}

export interface LabeledPicture {
  bytes: number;
  sha256: string;
  label: Pick<LabelPlan, 'state' | 'digitalSourceType'>;
}

/**
 * Labels files: writes the labeled copy to `target`, which must not exist, on the same disk. In constant memory; a picture that stays as it is
 * is linked instead of copied. `at` is the time that the label states, milliseconds since the epoch.
 * @returns a function that throws errors of the disk
 */
export function createFileLabeler(
  labeler: Labeler,
): (picture: PictureOnDisk, target: string, at: number) => Promise<LabeledPicture> {
  return async ({ path, bytes, sha256 }, target, at) => {
    const { edits, ...label } = await planFor(labeler, { path, bytes }, at);
    if (edits.length === 0) {
      await link(path, target);
      return { bytes, sha256, label };
    }
    const hash = createHash('sha256');
    let written = 0;
    await pipeline(
      createReadStream(path),
      (source: AsyncIterable<Buffer>) => applyEdits(source, edits),
      async function* (parts: AsyncIterable<Uint8Array>) {
        for await (const part of parts) {
          hash.update(part);
          written += part.byteLength;
          yield part;
        }
      },
      createWriteStream(target, { flags: 'wx', mode: 0o600 }),
    );
    return { bytes: written, sha256: hash.digest('hex'), label };
  };
}

async function planFor(
  labeler: Labeler,
  { path, bytes: size }: Pick<PictureOnDisk, 'path' | 'bytes'>,
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

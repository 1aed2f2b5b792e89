import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveStore, LocalFile } from '../swap/archive.js';
import type { ArchivedFile, FileLabel } from '../swap/files.js';
import type { ResultSaver } from '../swap/result-reader.js';

/** A picture on the local disk, as it is stored in the archive and shown to clients. */
export interface FetchedPicture extends LocalFile {
  kind: 'picture';
  /** SHA-256 of the bytes from ModelsLab, hexadecimal. */
  sourceSha256: string;
  width?: number | undefined;
  height?: number | undefined;
  label?: FileLabel | undefined;
  /** Removes the file. Idempotent. */
  dispose(): Promise<void>;
}

/** `failed`: temporarily; `gone`: perhaps for good; `refused`: for good. */
export interface FetchFailure {
  kind: 'gone' | 'failed' | 'refused';
  reason: string;
}

/** A copy of the same picture that is already in the archive. */
export interface PriorCopy {
  key: string;
  file: ArchivedFile;
}

/**
 * Labels a picture: writes the labeled file to `target`, which does not exist. The same picture and time give the same file.
 * @param at the time that the label states, milliseconds since the epoch
 * @returns facts about the labeled file, or undefined if the picture stays as it is
 */
export type Labeler = (
  picture: LocalFile,
  target: string,
  at: number,
) => Promise<{ bytes: number; sha256: string; label: FileLabel } | undefined>;

export interface FetchOptions {
  labeledAt: number;
  prior?: PriorCopy | undefined;
  acceptsPartial?: boolean;
  signal: AbortSignal;
}

export interface PictureFetcher {
  /**
   * Downloads a picture to the local disk, and labels it. The caller must dispose of it.
   *
   * @param labeledAt the time that the label states, milliseconds since the epoch
   * @param acceptsPartial whether a picture without an end counts: its host may have no other
   * @throws errors of the disk, of the archive, and of the labeler
   */
  fetch(sourceUrl: string, options: FetchOptions): Promise<FetchedPicture | FetchFailure>;
  /** Removes files that a killed process left. @param now milliseconds since the epoch */
  clean(now: number): Promise<void>;
}

export interface PictureFetcherOptions {
  /** Where files are kept until they are stored: on the same disk as an archive on disk. */
  folder: string;
  /** Whether other gateways use the folder; if so, only files too old to be in use are removed. */
  isShared: boolean;
  save: ResultSaver;
  archive: Pick<ArchiveStore, 'open'>;
  /** Absent: pictures are stored as they are. */
  label?: Labeler | undefined;
}

/** Longer than a file can be in use. */
const abandonedMs = 60 * 60 * 1000;

export function createPictureFetcher({
  folder,
  isShared,
  save,
  archive,
  label,
}: PictureFetcherOptions): PictureFetcher {
  let isCleaned = false;
  let isCreated = false;

  /** Creates the folder, once. Someone may remove it; then the work is done again. */
  async function inFolder<Result>(work: () => Promise<Result>): Promise<Result> {
    const wasCreated = isCreated;
    if (!isCreated) await mkdir(folder, { recursive: true, mode: 0o700 });
    isCreated = true;
    try {
      return await work();
    } catch (error) {
      const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
      isCreated = false;
      if (!wasCreated) throw error;
      return inFolder(work);
    }
  }

  /** @returns undefined if the copy is missing or damaged */
  async function readPrior({ key, file }: PriorCopy, path: string): Promise<boolean> {
    const stored = await archive.open(key);
    if (!stored) return false;
    const sha256 = createHash('sha256');
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sha256.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(stored, measure, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return sha256.digest('hex') === file.sha256;
  }

  async function fetchTo(
    path: string,
    sourceUrl: string,
    { labeledAt, acceptsPartial = false, signal }: FetchOptions,
  ): Promise<Omit<FetchedPicture, 'dispose'> | FetchFailure> {
    const saved = await save(sourceUrl, path, signal);
    if (saved.kind !== 'saved') return saved;
    if (!saved.isComplete && !acceptsPartial) return { kind: 'failed', reason: 'incomplete' };
    const { contentType, bytes, sha256, size } = saved;
    const picture = {
      kind: 'picture',
      path,
      contentType,
      bytes,
      sha256,
      sourceSha256: sha256,
      ...size,
    } as const;
    const target = `${path}.labeled`;
    const labeled = await label?.(picture, target, labeledAt);
    return labeled ? { ...picture, ...labeled, path: target } : picture;
  }

  return {
    async fetch(sourceUrl, options) {
      const { prior } = options;
      const name = randomBytes(16).toString('hex');
      const path = join(folder, name);
      const paths = [path, ...(label ? [`${path}.labeled`] : []), ...(prior ? [`${path}.prior`] : [])];
      const dispose = async (): Promise<void> => {
        for (const each of paths) await removeFile(each);
      };
      try {
        if (prior && (await inFolder(() => readPrior(prior, `${path}.prior`)))) {
          const { archivedAt: _, ...facts } = prior.file;
          return { kind: 'picture', ...facts, path: `${path}.prior`, dispose };
        }
        const fetched = await inFolder(() => fetchTo(path, sourceUrl, options));
        if (fetched.kind === 'picture') return { ...fetched, dispose };
        await dispose();
        return fetched;
      } catch (error) {
        await dispose();
        throw error;
      }
    },
    async clean(now) {
      const isFirst = !isCleaned;
      isCleaned = true;
      if (isFirst && !isShared) {
        await rm(folder, { recursive: true, force: true });
        isCreated = false;
        return;
      }
      for (const name of await readdir(folder).catch(() => [])) {
        const file = await stat(join(folder, name)).catch(() => undefined);
        if (file && now - file.mtimeMs > abandonedMs) await rm(join(folder, name), { force: true });
      }
    },
  };
}

/** No effect if it does not exist, for example because it was moved. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code !== 'ENOENT' &&
      (error as NodeJS.ErrnoException).code !== 'ENOTDIR'
    )
      throw error;
  }
}

/** Opens a local file. The stream stays readable when the file is moved or removed. */
export async function openLocal(path: string, range?: { start: number; end: number }) {
  const handle = await open(path, 'r');
  return handle.createReadStream({ ...range, autoClose: true });
}

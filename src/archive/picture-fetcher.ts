import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { ArchiveStore, LocalFile } from '../swap/archive.js';
import type { Range } from '../swap/byte-range.js';
import type { ArchivedFile, FileLabel } from '../swap/files.js';
import type { ResultSaver, SavedResult } from '../swap/result-reader.js';

/** A picture in memory or on the local disk, as it is stored in the archive and shown to clients. */
export interface FetchedPicture extends Omit<LocalFile, 'path'> {
  kind: 'picture';
  /** SHA-256 of the bytes from ModelsLab, hexadecimal. */
  sourceSha256: string;
  width?: number | undefined;
  height?: number | undefined;
  label?: FileLabel | undefined;
  /** Opens it, or a range of it. The stream stays readable when the picture is disposed of. @throws errors of the disk */
  open(range?: Range): Promise<Readable>;
  /** The picture as a file of its own, written if it is in memory, and synced. @throws errors of the disk */
  toFile(): Promise<LocalFile>;
  /** Removes what is on the disk. Idempotent. @param isMoved whether the file was moved away, and only leftovers remain */
  dispose(isMoved?: boolean): Promise<void>;
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

/** What a labeled picture consists of. */
export interface Labeled {
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
  label: FileLabel;
}

/** Labels pictures. The same picture and time give the same bytes. `at`: the time that labels state, milliseconds since the epoch. */
export interface PictureLabeler {
  /** Writes the labeled file to `target`, which does not exist, and syncs it. @throws errors of the disk */
  labelFile(picture: LocalFile, target: string, at: number): Promise<Labeled>;
  /** Labels a picture in memory, given in parts. Copies none of them. */
  labelParts(parts: readonly Buffer[], at: number): Promise<Labeled & { parts: readonly Buffer[] }>;
}

export interface FetchOptions {
  /** The time that the label states, milliseconds since the epoch. */
  labeledAt: number;
  prior?: PriorCopy | undefined;
  /** Whether a picture without an end counts: its host may have no other. */
  acceptsPartial?: boolean;
  signal: AbortSignal;
}

export interface PictureFetcher {
  /**
   * Downloads a picture, and labels it. The caller must dispose of it.
   * @throws errors of the disk, of the archive, and of the labeler
   */
  fetch(sourceUrl: string, options: FetchOptions): Promise<FetchedPicture | FetchFailure>;
  /** Removes files that a killed process left. Later fetches wait for the first call. @param now milliseconds since the epoch */
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
  labeler?: PictureLabeler | undefined;
}

/** Longer than a file can be in use. */
const abandonedMs = 60 * 60 * 1000;
/** Of a picture in memory, at a time: a connection that stalls is noticed by what it has not taken. */
const partBytes = 64 * 1024;

export function createPictureFetcher({
  folder,
  isShared,
  save,
  archive,
  labeler,
}: PictureFetcherOptions): PictureFetcher {
  const ownNames = randomBytes(16).toString('hex');
  let lastNumber = 0;
  let cleaning: Promise<void> | undefined;
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

  /** @returns false if the copy is missing or damaged */
  async function readPrior({ key, file }: PriorCopy, path: string): Promise<boolean> {
    const stored = await archive.open(key, undefined, file.bytes);
    if (!stored) return false;
    const sha256 = createHash('sha256');
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sha256.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(stored, measure, fs.createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
    return sha256.digest('hex') === file.sha256;
  }

  /** @param path of a file that may be created. @param facts of what is in memory, or in that file if `content` is undefined */
  function toPicture(
    path: string,
    content: readonly Buffer[] | undefined,
    facts: Omit<FetchedPicture, 'kind' | 'open' | 'toFile' | 'dispose'>,
    leftovers: string[],
  ): FetchedPicture {
    const { contentType, bytes, sha256 } = facts;
    let isOnDisk = content === undefined;
    return {
      kind: 'picture',
      ...facts,
      async open(range) {
        if (!content) return openLocal(path, range);
        return Readable.from(partsOf(content, range ?? { start: 0, end: bytes - 1 }));
      },
      async toFile() {
        if (content && !isOnDisk) {
          isOnDisk = true;
          await inFolder(() => writeSynced(path, content, bytes));
        }
        return { path, contentType, bytes, sha256 };
      },
      async dispose(isMoved = false) {
        for (const each of isOnDisk && !isMoved ? [path, ...leftovers] : leftovers) await removeFile(each);
      },
    };
  }

  async function toLabeled(saved: SavedResult, path: string, at: number): Promise<FetchedPicture> {
    const { contentType, bytes, sha256, size, content } = saved;
    const facts = { contentType, bytes, sha256, sourceSha256: sha256, ...size };
    if (!labeler) return toPicture(path, content, facts, []);
    if (content) {
      const { parts, ...label } = await labeler.labelParts(content, at);
      return toPicture(path, parts, { ...facts, ...label }, []);
    }
    const target = `${path}.labeled`;
    const label = await labeler.labelFile({ path, contentType, bytes, sha256 }, target, at);
    return toPicture(target, undefined, { ...facts, ...label }, [path]);
  }

  return {
    async fetch(sourceUrl, { labeledAt, prior, acceptsPartial = false, signal }) {
      await cleaning;
      lastNumber += 1;
      const path = join(folder, `${ownNames}-${lastNumber}`);
      const paths = [path, `${path}.labeled`, `${path}.prior`];
      const removeAll = async (): Promise<void> => {
        for (const each of paths) await removeFile(each);
      };
      try {
        const priorPath = `${path}.prior`;
        if (prior && (await inFolder(() => readPrior(prior, priorPath)))) {
          const { archivedAt: _, ...facts } = prior.file;
          return toPicture(priorPath, undefined, facts, []);
        }
        const saved = await inFolder(() => save(sourceUrl, path, signal));
        if (saved.kind === 'saved' && (saved.isComplete || acceptsPartial))
          return await toLabeled(saved, path, labeledAt);
        await removeAll();
        return saved.kind === 'saved' ? { kind: 'failed', reason: 'incomplete' } : saved;
      } catch (error) {
        await removeAll();
        throw error;
      }
    },
    async clean(now) {
      if (!cleaning && !isShared) {
        const removing = rm(folder, { recursive: true, force: true });
        cleaning = removing.catch(() => undefined);
        return removing;
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
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
}

/** For files that are written in one go: a `FileHandle` costs the main thread more than the write. */
const descriptors = {
  open: promisify(fs.open),
  writev: promisify(fs.writev),
  sync: promisify(fs.fsync),
  close: promisify(fs.close),
};

/** Syncs with the write where the system can: that saves a call. */
const newFile =
  fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | (fs.constants.O_DSYNC ?? 0);

async function writeSynced(path: string, content: readonly Buffer[], bytes: number): Promise<void> {
  const file = await descriptors.open(path, newFile, 0o600);
  try {
    const { bytesWritten } = await descriptors.writev(file, content);
    // A full disk may take a part.
    if (bytesWritten < bytes) throw new Error('ENOSPC: the disk took only a part');
    if (fs.constants.O_DSYNC === undefined) await descriptors.sync(file);
  } finally {
    await descriptors.close(file);
  }
}

/** Opens a local file. The stream stays readable when the file is moved or removed. */
async function openLocal(path: string, range?: Range): Promise<Readable> {
  const handle = await open(path, 'r');
  return handle.createReadStream({ ...range, autoClose: true });
}

function* partsOf(content: readonly Buffer[], { start, end }: Range): Generator<Buffer> {
  let offset = 0;
  for (const whole of content) {
    const selected = whole.subarray(Math.max(start - offset, 0), Math.max(end + 1 - offset, 0));
    for (let at = 0; at < selected.length; at += partBytes) yield selected.subarray(at, at + partBytes);
    offset += whole.length;
  }
}

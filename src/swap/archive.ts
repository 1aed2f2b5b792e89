import type { Readable } from 'node:stream';
import type { Range } from './byte-range.js';
import type { FileNames } from './files.js';
import type { EndedSwap, SwapOutput } from './swap.js';

/** The result of a swap that is archived: its own, or the late one. Undefined if it has none with file names. */
export function namedResultOf({
  result,
  lateResult,
}: EndedSwap): (SwapOutput & { files: FileNames }) | undefined {
  const { files, ...output } = result ?? lateResult?.result ?? { output: [], proxyLinks: [] };
  return files && { ...output, files };
}

/** Whether the files of a swap are still being copied. */
export function awaitsArchive(swap: EndedSwap): boolean {
  return swap.archive === undefined && namedResultOf(swap) !== undefined;
}

/** A complete file on the local disk. */
export interface LocalFile {
  path: string;
  contentType: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface StoredFile {
  key: string;
  bytes: number;
}

/**
 * Where copies of results are kept. Methods reject when the store cannot be reached, and never report that as a missing file.
 * Error messages contain no URL and no secret.
 */
export interface ArchiveStore {
  /**
   * Stores a file under a key, replacing any earlier one. Resolves once it is durable. All or nothing: a reader never sees a part
   * of it.
   * @returns whether the local file was moved, so that it is no longer there
   */
  put(key: string, file: LocalFile, signal: AbortSignal): Promise<boolean>;
  /**
   * Opens a file, or a range of it; undefined if there is none. The caller must read or destroy the stream.
   * @param bytes its size. A file of another size counts as missing: something else truncated or replaced it.
   */
  open(key: string, range?: Range, bytes?: number): Promise<Readable | undefined>;
  /** No effect if there is no such file. */
  delete(key: string): Promise<void>;
  /** Every stored file, in no particular order. */
  list(): AsyncIterable<StoredFile>;
  /** URL at which a client gets the file without the gateway. Absent: there is none. */
  directUrl?(key: string): Promise<string>;
  close(): Promise<void>;
}

/** The failures of an archive that concern its configuration or disk, rather than one file. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

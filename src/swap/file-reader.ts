import type { Readable } from 'node:stream';
import type { Range } from './byte-range.js';
import type { EndedSwap } from './swap.js';

export interface FileFacts {
  contentType: string;
  bytes: number;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
  /** URL at which the client gets the file without the gateway; undefined: there is none. */
  directUrl: string | undefined;
}

/** A picture of a result. */
export interface ReadableFile extends FileFacts {
  kind: 'file';
  /** The selected part of the file; undefined if none was selected. The caller must read or destroy it. */
  body: Readable | undefined;
}

/** Selects what to read of a file: a range of it, the whole file (undefined), or nothing. */
export type SelectPart = (facts: FileFacts) => Range | undefined | 'nothing';

/** `gone`: neither the gateway nor ModelsLab has the picture. `failed`: it cannot be read right now. `reason` has no URL. */
export interface MissingFile {
  kind: 'gone' | 'failed';
  reason: string;
}

/** Reads the pictures of results: the copy in the archive, or until there is one what ModelsLab has. */
export interface FileReader {
  /**
   * The picture that a URL names.
   * @param secret the random part of the URL
   * @param name such as `0.jpg`
   * @returns undefined if there is none, or the URL has expired. @throws UNAVAILABLE
   */
  find(secret: string, name: string): Promise<{ swap: EndedSwap; index: number } | undefined>;
  /** @param index of the picture. @param signal aborted when it is no longer needed. Never throws */
  read(
    swap: EndedSwap,
    index: number,
    select: SelectPart,
    signal: AbortSignal,
  ): Promise<ReadableFile | MissingFile>;
}

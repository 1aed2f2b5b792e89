import type { Edit } from '../swap/labeler.js';
import type { FileWindow } from './file-window.js';

export interface Range {
  offset: number;
  length: number;
}

/** The part of XMP that does not fit into a segment of JPEG. */
export interface XmpExtension {
  text: string;
  /** Its MD5, 32 hexadecimal digits in upper case, as the packet refers to it. */
  guid: string;
}

/** The metadata that a scan found in a picture. */
export interface Metadata {
  /** Where C2PA data lies; empty: there is none. */
  c2pa: Range[];
  /** The first XMP packet. Undefined: there is none. Without a text: it is too long, or not what it claims to be. */
  xmp: { text?: string } | undefined;
  /**
   * The edits that make `packet` the only XMP packet of the file, and leave every other byte as it is.
   * @param extension what the packet refers to as its extension
   * @returns undefined if the format has no room for it
   */
  replaceXmp(packet: string, extension?: XmpExtension): Edit[] | undefined;
}

/** @returns undefined for a file too damaged to be edited safely. */
export type Scan = (file: FileWindow) => Promise<Metadata | undefined>;

/** Parsing a longer packet would block the event loop for too long. */
export const maxXmpBytes = 256 * 1024;

/** Files with more parts are refused, so that a scan takes bounded time. */
export const maxParts = 100_000;

/** The text of an XMP packet, which may be UTF-16 in old files; undefined if it is too long, or no text. */
export function decodeXmp(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength > maxXmpBytes) return undefined;
  const encoding =
    bytes[0] === 0xfe || bytes[0] === 0
      ? 'utf-16be'
      : bytes[0] === 0xff || bytes[1] === 0
        ? 'utf-16le'
        : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Sorts edits, and joins those that start at the same offset. Insertions come before what is removed there. */
export function joinEdits(edits: readonly Edit[]): Edit[] {
  const joined: Edit[] = [];
  for (const edit of edits.toSorted((a, b) => a.offset - b.offset || a.remove - b.remove)) {
    const last = joined.at(-1);
    if (last?.offset === edit.offset)
      joined[joined.length - 1] = {
        offset: edit.offset,
        remove: last.remove + edit.remove,
        insert: Buffer.concat([last.insert, edit.insert]),
      };
    else joined.push(edit);
  }
  return joined;
}

export const removal = ({ offset, length }: Range): Edit => ({
  offset,
  remove: length,
  insert: new Uint8Array(),
});

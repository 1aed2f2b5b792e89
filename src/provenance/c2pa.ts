import type { FileWindow } from './file-window.js';
import type { Range } from './metadata.js';

/** Manifests with thumbnails are long; the statement about the source comes in their text. */
const maxSearchedBytes = 1024 * 1024;

/**
 * The digital source type that C2PA data states: the last one found, since the manifest in force comes last. Nothing is verified.
 * @returns undefined if there is none
 */
export async function findSourceType(
  file: FileWindow,
  ranges: readonly Range[],
): Promise<string | undefined> {
  let room = maxSearchedBytes;
  let last: string | undefined;
  for (const { offset, length } of ranges) {
    const text = (await file.bytes(offset, Math.min(length, room))).toString('latin1');
    room -= text.length;
    const found = text.matchAll(
      /https?:\/\/(?:cv\.iptc\.org\/newscodes|c2pa\.org)\/digitalsourcetype\/[A-Za-z]+/g,
    );
    last = [...found].at(-1)?.[0] ?? last;
    if (room <= 0) break;
  }
  return last;
}

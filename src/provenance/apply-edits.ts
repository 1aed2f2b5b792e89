import type { Edit } from '../swap/labeler.js';

/** The size of a file of `size` bytes after the edits. */
export function editedSize(size: number, edits: readonly Edit[]): number {
  return edits.reduce((sum, { remove, insert }) => sum + insert.byteLength - remove, size);
}

/**
 * Applies planned edits to a file as it streams by, holding one chunk at a time.
 * @param edits in the order of their offsets, without overlaps
 * @throws RangeError if the file ends before the last edit; also what the source throws
 */
export async function* applyEdits(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  edits: readonly Edit[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const open = edits.values();
  let edit = open.next().value;
  /** Position in the original file, and the end of what is being removed. */
  let at = 0;
  let removedTo = 0;

  for await (const chunk of source) {
    let rest = chunk;
    while (rest.byteLength > 0) {
      if (at < removedTo) {
        const dropped = Math.min(removedTo - at, rest.byteLength);
        rest = rest.subarray(dropped);
        at += dropped;
        continue;
      }
      if (edit?.offset === at) {
        if (edit.insert.byteLength > 0) yield edit.insert;
        removedTo = at + edit.remove;
        edit = open.next().value;
        continue;
      }
      const kept = Math.min(edit ? edit.offset - at : Number.POSITIVE_INFINITY, rest.byteLength);
      yield rest.subarray(0, kept);
      rest = rest.subarray(kept);
      at += kept;
    }
  }
  if (edit?.offset === at && edit.remove === 0) {
    if (edit.insert.byteLength > 0) yield edit.insert;
    edit = open.next().value;
  }
  if (edit || at < removedTo) throw new RangeError('the file is shorter than the edits assume');
}

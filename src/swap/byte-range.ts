/** A part of a file, in bytes; `end` is inclusive. */
export interface Range {
  start: number;
  end: number;
}

/**
 * Parses a Range header with a single range.
 *
 * @param size of the file, bytes
 * @returns undefined: send the whole file, since there is no header, or one that need not be honored; `unsatisfiable`: 416
 */
export function readRange(header: string | undefined, size: number): Range | undefined | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

import type { PictureFile } from '../swap/labeler.js';

const windowBytes = 16 * 1024;

/** Random access to a file through one buffered window, so that walking many small parts costs few reads. */
export interface FileWindow {
  readonly size: number;
  /** Up to `length` bytes at `offset`; fewer at the end of the file. */
  bytes(offset: number, length: number): Promise<Buffer>;
}

export function createFileWindow(file: PictureFile): FileWindow {
  let window: Buffer = Buffer.alloc(0);
  let start = 0;

  async function read(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, file.size - offset);
    if (wanted <= 0) return Buffer.alloc(0);
    const found = await file.read(offset, wanted);
    return Buffer.from(found.buffer, found.byteOffset, Math.min(found.byteLength, wanted));
  }

  return {
    size: file.size,
    async bytes(offset, length) {
      const isInside = offset >= start && offset + length <= start + window.length;
      if (!isInside) {
        if (length > windowBytes) return read(offset, length);
        window = await read(offset, windowBytes);
        start = offset;
      }
      return window.subarray(offset - start, offset - start + length);
    },
  };
}

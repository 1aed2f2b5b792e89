import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes a page of memory has on Linux, for all but a few kernels, whose pages are larger: the limit is then reached later. */
const pageBytes = 4096;

export interface MemoryGauge {
  /** Resident bytes; undefined where the system does not tell, or the process is gone. */
  read(): number | undefined;
  close(): void;
}

/** Resident memory of another process, which native code does not tell of itself in time. Linux only. */
export function createMemoryGauge(pid: number): MemoryGauge {
  const buffer = Buffer.alloc(128);
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/statm`, 'r');
  } catch {
    file = undefined;
  }
  return {
    read() {
      if (file === undefined) return undefined;
      try {
        const length = readSync(file, buffer, 0, buffer.length, 0);
        const pages = Number(buffer.toString('latin1', 0, length).split(' ')[1]);
        return Number.isFinite(pages) ? pages * pageBytes : undefined;
      } catch {
        return undefined;
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

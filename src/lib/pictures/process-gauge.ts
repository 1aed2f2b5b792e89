import { closeSync, openSync, readSync } from 'node:fs';

/** True of most Linux kernels; with larger pages a limit triggers later. */
const pageBytes = 4096;
const tickMs = 10;

/** Resource usage of another process, which cannot report it while native code runs. Linux only. */
export interface ProcessGauge {
  /** Bytes; undefined if unknown or if the process has ended. */
  residentBytes(): number | undefined;
  /** Milliseconds since its start, over all threads. */
  cpuMs(): number | undefined;
  close(): void;
}

export function createProcessGauge(pid: number): ProcessGauge {
  const buffer = Buffer.alloc(1024);
  const memory = openOrNothing(`/proc/${pid}/statm`);
  const times = openOrNothing(`/proc/${pid}/stat`);
  const read = (file: number | undefined): string[] => {
    if (file === undefined) return [];
    try {
      const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
      // The numbers follow the process name in parentheses, which may contain anything.
      return text
        .slice(text.lastIndexOf(')') + 1)
        .trim()
        .split(' ');
    } catch {
      return [];
    }
  };
  const numberOrNothing = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
  return {
    residentBytes: () => numberOrNothing(Number(read(memory)[1]) * pageBytes),
    cpuMs() {
      const fields = read(times);
      return numberOrNothing((Number(fields[11]) + Number(fields[12])) * tickMs);
    },
    close() {
      for (const file of [memory, times]) if (file !== undefined) closeSync(file);
    },
  };
}

function openOrNothing(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

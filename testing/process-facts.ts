import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** False for a process that has ended, even if it was not reaped yet. */
export function isAlive(pid: number | undefined): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Current resident memory; undefined if the process has ended. */
export function residentMiB(pid: number | undefined): number | undefined {
  return statusMiB(pid, 'VmRSS');
}

/** Peak resident memory. */
export function peakMiB(pid: number | undefined): number | undefined {
  return statusMiB(pid, 'VmHWM');
}

function statusMiB(pid: number | undefined, field: string): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kib] = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** Process ids of the direct children. */
export function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined || !existsSync('/proc')) return [];
  const isChild = (candidate: string): boolean => {
    try {
      return readFileSync(`/proc/${candidate}/status`, 'utf8').includes(`\nPPid:\t${pid}\n`);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isChild(name))
    .map(Number);
}

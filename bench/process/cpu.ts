import { readFileSync } from 'node:fs';

/** Linux counts in these; every kernel that Node.js supports has the same. */
const tickMs = 10;

/** CPU time that a process has used so far, milliseconds. Unlike elapsed time, it does not grow while others use the core. */
export function processCpuMs(pid: number): number {
  // The name of the program, in parentheses, may contain anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return (user + system) * tickMs;
}

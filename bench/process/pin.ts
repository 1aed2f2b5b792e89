import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The core of the measured server, or of the load. */
export type Core = 'server' | 'load';

const cores = availableParallelism();
const numbers: Record<Core, string> = { server: '0', load: '1' };

/** Whether processes can be pinned to cores here. */
export const canPin: boolean =
  cores > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** A command line pinned to one core, or explicitly to all of them: a child inherits its parent's cores. */
export function pinned(core: Core | undefined, command: readonly string[]): [string, string[]] {
  const where = core ? numbers[core] : `0-${cores - 1}`;
  const [program = '', ...args] = canPin ? ['taskset', '-c', where, ...command] : command;
  return [program, args];
}

/** Pins this process, with all its threads, to the load's core. */
export function pinThisProcess(): void {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', numbers.load, String(process.pid)]);
}

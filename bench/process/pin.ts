import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The core of whatever is measured, and that of whatever puts load on it. */
export type Core = 'server' | 'load';

const cores = availableParallelism();
const numbers: Record<Core, string> = { server: '0', load: '1' };

/** Whether processes can be kept on cores of their own here. */
export const canPin: boolean =
  cores > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** A command line that runs on one core, or on all of them, which has to be said too: a child is where its parent is. */
export function pinned(core: Core | undefined, command: readonly string[]): [string, string[]] {
  const where = core ? numbers[core] : `0-${cores - 1}`;
  const [program = '', ...args] = canPin ? ['taskset', '-c', where, ...command] : command;
  return [program, args];
}

/** Moves this process, with all its threads, to the core of the load. */
export function pinThisProcess(): void {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', numbers.load, String(process.pid)]);
}

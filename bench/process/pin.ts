import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The core of whatever is measured, and that of whatever puts load on it. */
export type Core = 'server' | 'load';

const numbers: Record<Core, string> = { server: '0', load: '1' };

/** Whether processes can be kept on cores of their own here. */
export const canPin: boolean =
  availableParallelism() > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** A command line that runs on one core, where that is possible; else as it was. */
export function pinned(core: Core | undefined, command: readonly string[]): [string, string[]] {
  const [program = '', ...args] = core && canPin ? ['taskset', '-c', numbers[core], ...command] : command;
  return [program, args];
}

/** Moves this process, with all its threads, to the core of the load. What it starts may go elsewhere. */
export function pinThisProcess(): void {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', numbers.load, String(process.pid)]);
}

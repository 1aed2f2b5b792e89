import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';

/** One per process, because it watches this process. */
let guard: ChildProcess | undefined;

/**
 * Kills a child once this process is gone, even after a SIGKILL or a setup that timed out. Spawn a child that has processes
 * of its own `detached`: then its whole group is killed.
 *
 * @returns the child
 */
export function killWithParent<Child extends ChildProcess>(child: Child): Child {
  const { pid } = child;
  if (pid === undefined) return child;
  guard ??= startGuard();
  guard.stdin?.write(`+${pid}\n`);
  child.once('exit', () => guard?.stdin?.write(`-${pid}\n`));
  return child;
}

/** Does not keep this process alive. In its own process group, so that signals to ours do not end it. */
function startGuard(): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'process-guard.ts')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  (child.stdin as Socket).unref();
  return child;
}

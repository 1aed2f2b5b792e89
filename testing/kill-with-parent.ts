import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';

/** One per process, since it watches the life of this process. */
let guard: ChildProcess | undefined;

/**
 * Ties a child to the life of this process: it is killed when this process is gone, also after a SIGKILL or a test that
 * timed out in its setup. A child that has processes of its own is to be spawned `detached`; the whole group is killed then.
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

/** Keeps nobody from exiting. Its own process group, so that what ends ours does not end it. */
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

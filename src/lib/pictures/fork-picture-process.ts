import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { PictureJobMessage, PictureProcessMessage } from './picture-job.js';

export interface PictureChild {
  pid: number;
  send(message: PictureJobMessage): void;
  /** Sets the only listener; a later one replaces it. */
  onMessage(listener: (message: PictureProcessMessage) => void): void;
  /** Called at once if it has already ended. */
  onExit(listener: () => void): void;
  /** Resolves once the process has ended. */
  exited: Promise<void>;
  kill(): void;
}

/** JavaScript heap only; pixels are outside it. */
const maxHeapMiB = 192;

/**
 * Starts a picture process and waits until it has loaded its modules. The process gets no standard streams and no
 * environment variables, since those hold secrets.
 *
 * @throws Error if it cannot be started, ends before it is ready, or is not ready in time
 */
export async function forkPictureProcess(module: string, timeoutMs: number): Promise<PictureChild> {
  const child = fork(module, [], {
    // Fewer malloc arenas return memory sooner.
    env: { MALLOC_ARENA_MAX: '2' },
    // A job that held much memory outside of the heap frees it with `gc`.
    execArgv: [`--max-old-space-size=${maxHeapMiB}`, '--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // Without a pid it never started, and `exit` is not emitted.
    child.on('error', () => child.pid === undefined && resolve());
  });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await ready(child, signal);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }

  let onMessage = (_message: PictureProcessMessage): void => undefined;
  child.on('message', (message) => onMessage(message as PictureProcessMessage));
  return {
    pid: child.pid ?? 0,
    // A broken channel means that the process has ended, or that its time limit will kill it.
    send: (message) => void child.send(message, () => undefined),
    onMessage(listener) {
      onMessage = listener;
    },
    onExit: (listener) => void exited.then(listener),
    exited,
    kill: () => void child.kill('SIGKILL'),
  };
}

async function ready(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const exit = once(child, 'exit', { signal }).then(() => {
    throw new Error('it ended before it was ready');
  });
  const [message] = (await Promise.race([once(child, 'message', { signal }), exit])) as [
    PictureProcessMessage,
  ];
  exit.catch(() => undefined);
  if (message.kind === 'unusable') throw new Error(message.message);
}

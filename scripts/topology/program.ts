import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { killWithParent } from '../../testing/kill-with-parent.ts';
import { patienceMs } from '../../testing/timeouts.ts';

export interface Program {
  /** All output so far. */
  output(): string;
  /** Resolves on exit, with the exit code or the signal's name. */
  ended: Promise<number | string>;
  /** Sends the signal and waits for the exit. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProgramOptions {
  /** Receives the output; nginx opens /dev/stdout by name, which works for a file but not for Node.js' pipes. */
  logFile: string;
  /** Resolves true once it is ready to use. */
  isUp(output: string): boolean | Promise<boolean>;
}

const checkIntervalMs = 20;

/** @throws Error with its output, if it exits or is not up in time, or if it is not installed */
export async function startProgram(
  command: string,
  args: string[],
  { logFile, isUp }: ProgramOptions,
): Promise<Program> {
  const log = openSync(logFile, 'a');
  const child = killWithParent(spawn(command, args, { stdio: ['ignore', log, log], detached: true }));
  closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const ended = once(child, 'exit').then(
    ([code, signal]) => (code ?? signal) as number | string,
    () => 1,
  );
  const output = (): string => readFileSync(logFile, 'utf8');
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (failure) return;
    // A killed master leaves its workers running.
    if (signal === 'SIGKILL' && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
    await ended;
  };

  const deadline = Date.now() + patienceMs;
  while (!(await isUp(output()))) {
    if (failure) throw new Error(`${command} cannot be started: ${failure.message}`);
    if (child.exitCode !== null || Date.now() > deadline) {
      if (child.exitCode === null) await stop('SIGKILL');
      throw new Error(`${command} is not up (${child.exitCode ?? 'too slow'}):\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, checkIntervalMs));
  }
  return { output, ended, stop };
}

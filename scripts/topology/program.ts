import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

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

const startWithinMs = 15_000;
const checkIntervalMs = 20;

/** Kills the child if this process exits first, for example because of an uncaught error. */
export function endWithUs(child: ChildProcess): void {
  const end = (): void => void child.kill('SIGTERM');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
}

/** @throws Error with its output, if it exits or is not up in time, or if it is not installed */
export async function startProgram(
  command: string,
  args: string[],
  { logFile, isUp }: ProgramOptions,
): Promise<Program> {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  endWithUs(child);
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
    child.kill(signal);
    await ended;
  };

  const deadline = Date.now() + startWithinMs;
  while (!(await isUp(output()))) {
    if (failure) throw new Error(`${command} cannot be started: ${failure.message}`);
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop('SIGKILL');
      throw new Error(`${command} is not up (${child.exitCode ?? 'too slow'}):\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, checkIntervalMs));
  }
  return { output, ended, stop };
}

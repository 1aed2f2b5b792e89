import { type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { killWithParent } from '../../testing/kill-with-parent.js';

export interface Ending {
  exitCode: number | null;
  /** All printed lines. */
  lines: string[];
  complaints: string;
}

export interface Run {
  ended: Promise<Ending>;
  /** Resolves when a line begins with this text, even if it was printed before; rejects if the program exits without one. */
  printed(beginning: string): Promise<void>;
  /** The lines printed so far. */
  lines(): readonly string[];
}

/** Starts a program without input. It is killed when the signal aborts, or with this process. */
export function startProgram(program: string, args: string[], options: SpawnOptionsWithoutStdio): Run {
  const child = killWithParent(spawn(program, args, { ...options, detached: true }));
  child.stdin.end();
  child.on('error', () => undefined);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let complaints = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  child.stderr.on('data', (chunk) => {
    complaints += String(chunk);
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, lines, complaints }));
  });
  const printed = (beginning: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (lines.some((line) => line.startsWith(beginning))) resolve();
      };
      waiting.add(look);
      look();
      void ended.then((ending) => reject(new Error(`${args.join(' ')}: ${JSON.stringify(ending)}`)));
    });
  return { ended, printed, lines: () => lines };
}

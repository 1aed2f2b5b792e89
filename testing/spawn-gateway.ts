import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { killWithParent } from './kill-with-parent.ts';

export interface GatewayProcess {
  url: string;
  child: ChildProcess;
  /** All of its stdout and stderr. */
  output(): string;
  /** Sends a signal and waits for the exit. Returns the exit code, or the signal's name. */
  kill(signal: NodeJS.Signals): Promise<number | string>;
  /** Resolves when it exits, for whatever reason. */
  ended: Promise<number | string>;
}

const root = join(import.meta.dirname, '..');

/**
 * A gateway in a process of its own, from `dist/`, which the tests' build step writes.
 *
 * @param script an entry point other than the gateway's own
 * @param wrapper a command, with arguments, that runs it in the same process
 * @throws Error with its output, if it exits before it is ready
 */
export async function spawnGateway(
  env: Record<string, string>,
  script = 'dist/src/main.js',
  wrapper: readonly string[] = [],
): Promise<GatewayProcess> {
  const [program = process.execPath, ...args] = [...wrapper, process.execPath, join(root, script)];
  const child = killWithParent(
    spawn(program, args, {
      cwd: root,
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    }),
  );
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      const ready = /"url":"([^"]+)".*"msg":"ready at/.exec(line);
      if (ready?.[1]) resolve(ready[1]);
    });
    void ended.then((end) => reject(new Error(`the gateway ended (${end}) before it was ready: ${output}`)));
  });
  return {
    url,
    child,
    output: () => output,
    ended,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

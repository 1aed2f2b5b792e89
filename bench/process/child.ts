import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Core, pinned } from './pin.ts';

/** A process that listens on a port that it was given or chose. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Stops it and waits for its exit. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** Undefined: any core. */
  core: Core | undefined;
  env: Record<string, string>;
  /** Node.js options, before the script. */
  nodeOptions?: string[];
  args?: string[];
  /** Receives its output, which is part of the error if it exits too early. */
  logPath: string;
  cwd?: string;
  /** Whether to open an IPC channel. */
  ipc?: boolean;
  /** A command, with arguments, that runs it in the same process. */
  wrapper?: string[];
}

export const benchRoot: string = join(import.meta.dirname, '..');

/** Starts a Node.js script in production mode. Its output goes to a file, so that no process spends time reading it. */
export function startNode(script: string, options: ChildOptions): ChildProcess {
  const {
    core,
    env,
    nodeOptions = [],
    args = [],
    logPath,
    cwd = benchRoot,
    ipc = false,
    wrapper = [],
  } = options;
  const log = openSync(logPath, 'a');
  const [program, rest] = pinned(core, [...wrapper, process.execPath, ...nodeOptions, script, ...args]);
  const child = spawn(program, rest, {
    cwd,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', log, log, ...(ipc ? (['ipc'] as const) : [])],
  });
  closeSync(log);
  return child;
}

/** Stops a process with SIGTERM, or with SIGKILL after 20 s, and waits for its exit. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(killer);
}

/** Waits until `isReady` returns a value. @throws Error with its output if the process exits before that, or after a minute */
export async function waitFor<T>(
  child: ChildProcess,
  logPath: string,
  isReady: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(10)) {
    const value = await isReady();
    if (value !== undefined) return value;
    if (child.exitCode !== null || child.signalCode !== null) break;
  }
  throw new Error(`${child.spawnargs.join(' ')} did not become ready:\n${readFileSync(logPath, 'utf8')}`);
}

/** Starts one of our servers, which writes `ready URL` once it listens. */
export async function startServer(script: string, options: ChildOptions): Promise<Server> {
  const child = startNode(script, options);
  const url = await waitFor(
    child,
    options.logPath,
    () => /^ready (\S+)$/m.exec(readFileSync(options.logPath, 'utf8'))?.[1],
  );
  return { url, pid: child.pid ?? 0, child, stop: () => stopChild(child) };
}

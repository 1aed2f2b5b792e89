import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchRoot } from '../process/child.ts';
import { authorization } from '../process/gateway.ts';
import { pinned } from '../process/pin.ts';
import { luaFile } from './lua-file.ts';

/** A request and its only correct response. Responses begin with the id, by which the case is found. */
export interface LoadCase {
  id: string;
  request: string;
  answer: string;
}

/** Requests that all differ: an increasing number is inserted between two parts. */
export interface LoadTemplate {
  parts: string[];
  from: number;
  /** Text that every response contains. */
  expected: string;
}

export interface LoadResult {
  requests: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

export interface LoadOptions {
  connections: number;
  seconds: number;
  /** Folder for the load generator's task files. */
  folder: string;
}

/** Output of the load generators. */
export interface RawLoad {
  requests: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  wrong: number;
  failed: number;
}

export const loadGenerator: 'wrk' | 'autocannon' =
  spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined ? 'wrk' : 'autocannon';

/**
 * Sends the cases' requests in turn, each as soon as the previous one on its connection got its response; connections
 * are kept open.
 *
 * @throws Error if a response was wrong or missing
 */
export async function putLoad(
  url: string,
  cases: readonly LoadCase[],
  options: LoadOptions,
): Promise<LoadResult> {
  return runLoad('read', url, { authorization, cases }, options);
}

/** Like `putLoad`, with a new input for each request. */
export async function putNewLoad(
  url: string,
  template: LoadTemplate,
  options: LoadOptions,
): Promise<LoadResult> {
  return runLoad('mutate', url, { authorization, ...template }, options);
}

async function runLoad(
  kind: 'read' | 'mutate',
  url: string,
  task: object,
  { connections, seconds, folder }: LoadOptions,
): Promise<LoadResult> {
  const isWrk = loadGenerator === 'wrk';
  const taskPath = join(folder, `${kind}.${isWrk ? 'lua' : 'json'}`);
  writeFileSync(taskPath, isWrk ? luaFile(task) : JSON.stringify(task));
  const script = join(benchRoot, 'load', isWrk ? `${kind}.lua` : 'autocannon.ts');
  const command = isWrk
    ? ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url, '--', taskPath]
    : [process.execPath, script, url, taskPath, String(connections), String(seconds)];
  const [program, args] = pinned('load', command);
  const { stdout } = await promisify(execFile)(program, args);
  const line = /^RESULT (.+)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`no result from ${command.join(' ')}:\n${stdout}`);
  return readLoad(JSON.parse(line) as RawLoad);
}

function readLoad({ requests, seconds, p50Ms, p99Ms, wrong, failed }: RawLoad): LoadResult {
  if (wrong > 0 || failed > 0 || requests === 0)
    throw new Error(`of ${requests} answers ${wrong} were wrong, and ${failed} requests failed`);
  return { requests, perSecond: requests / seconds, p50Ms, p99Ms };
}

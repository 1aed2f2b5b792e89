import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchRoot } from '../process/child.ts';
import { authorization } from '../process/gateway.ts';
import { pinned } from '../process/pin.ts';

/** A request and the one answer that is right. Answers begin with the id, so that each is found by it. */
export interface LoadCase {
  id: string;
  request: string;
  answer: string;
}

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

export interface LoadOptions {
  connections: number;
  seconds: number;
  /** Where the cases are handed over to the load generator. */
  folder: string;
}

/** What the generators write. */
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
 * Requests as fast as they are answered, over connections that are kept open.
 *
 * @throws Error when an answer was not the right one, or none came
 */
export async function putLoad(
  url: string,
  cases: readonly LoadCase[],
  options: LoadOptions,
): Promise<LoadResult> {
  const { connections, seconds, folder } = options;
  const casesPath = join(folder, loadGenerator === 'wrk' ? 'cases.lua' : 'cases.json');
  writeFileSync(casesPath, loadGenerator === 'wrk' ? luaCases(cases) : JSON.stringify(cases));
  const command =
    loadGenerator === 'wrk'
      ? [
          'wrk',
          '-t1',
          `-c${connections}`,
          `-d${seconds}s`,
          '-s',
          join(benchRoot, 'load/read.lua'),
          url,
          '--',
          casesPath,
        ]
      : [
          process.execPath,
          join(benchRoot, 'load/autocannon.ts'),
          url,
          casesPath,
          String(connections),
          String(seconds),
        ];
  return readLoad(await runLoad(command));
}

/** Runs a generator on its core. @returns the line of results that it writes */
export async function runLoad(command: readonly string[]): Promise<RawLoad> {
  const [program, args] = pinned('load', command);
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, authorization } });
  const line = /^RESULT (.+)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`no result from ${command.join(' ')}:\n${stdout}`);
  return JSON.parse(line) as RawLoad;
}

/** @throws Error when an answer was not the right one, or none came */
export function readLoad({ requests, seconds, p50Ms, p99Ms, wrong, failed }: RawLoad): LoadResult {
  if (wrong > 0 || failed > 0 || requests === 0)
    throw new Error(`of ${requests} answers ${wrong} were wrong, and ${failed} requests failed`);
  return { perSecond: requests / seconds, p50Ms, p99Ms };
}

function luaCases(cases: readonly LoadCase[]): string {
  const rows = cases.map(
    ({ id, request, answer }) => `{id=${quote(id)},request=${quote(request)},answer=${quote(answer)}}`,
  );
  return `return {authorization=${quote(authorization)},${rows.join(',\n')}}\n`;
}

/** Text in Lua's long brackets, where nothing is escaped. */
function quote(text: string): string {
  if (text.includes(']====]')) throw new Error('text cannot be handed to wrk');
  return `[====[${text}]====]`;
}

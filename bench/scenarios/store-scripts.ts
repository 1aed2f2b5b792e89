import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNode, stopChild } from '../process/child.ts';
import type { Bench } from '../scenario.ts';

/** Fills a data directory with finished swaps of these numbers. */
export const fillStore = (bench: Bench, dataDir: string, from: number, to: number): Promise<void> =>
  runScript(bench, 'scenarios/fill-store.ts', [dataDir, String(from), String(to)]);

/** Makes all swaps of a data directory expire. */
export const ageStore = (bench: Bench, dataDir: string): Promise<void> =>
  runScript(bench, 'scenarios/age-store.ts', [dataDir]);

async function runScript(bench: Bench, script: string, args: string[]): Promise<void> {
  const logPath = join(bench.folder('script'), 'log');
  const child = startNode(script, { core: undefined, env: {}, args, logPath });
  bench.own({ stop: () => stopChild(child) });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${script} failed: ${readFileSync(logPath, 'utf8')}`);
}

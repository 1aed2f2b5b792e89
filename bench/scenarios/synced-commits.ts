import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchRoot, type Server } from '../process/child.ts';
import { pinned } from '../process/pin.ts';
import type { Bench } from '../scenario.ts';
import { startContestants } from './mutation-contestants.ts';
import { measureRound, type Numbers } from './mutation-rounds.ts';

/** The gateway's writes for that many swaps: pages of each of its transactions, in order. */
export interface Batches {
  swaps: number;
  pages: number[];
}

/** Makes a gateway count the pages of its transactions under load. */
export async function countBatches(
  bench: Bench,
  upstream: Server,
  numbers: Numbers,
  seconds: number,
): Promise<Batches> {
  const contestants = await startContestants(bench, upstream, {
    script: 'bench/process/counted-gateway.ts',
    ipc: true,
  });
  const { gateway, durable } = contestants;
  const takeCounts = async (): Promise<number[]> => {
    gateway.child.send('report');
    const [pages] = (await once(gateway.child, 'message')) as [number[]];
    return pages;
  };
  await measureRound(bench, contestants, upstream, durable, numbers, bench.pick(3, 1));
  await takeCounts();
  const { swaps } = await measureRound(bench, contestants, upstream, durable, numbers, seconds);
  const pages = await takeCounts();
  await contestants.stop();
  return { swaps, pages };
}

/** Writes the same pages in the same batches, each synced, and nothing else. @returns swaps per second */
export async function writeBatches(bench: Bench, { swaps, pages }: Batches): Promise<number> {
  const script = join(benchRoot, 'peers/synced-commits.ts');
  const folder = bench.folder('commits');
  writeFileSync(join(folder, 'batches.json'), JSON.stringify(pages));
  const [program, args] = pinned('server', [process.execPath, script, folder]);
  const { stdout } = await promisify(execFile)(program, args);
  const [, seconds] = /^seconds (\S+)$/m.exec(stdout) ?? [];
  return swaps / Number(seconds);
}

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchRoot, type Server } from '../process/child.ts';
import { pinned } from '../process/pin.ts';
import type { Bench } from '../scenario.ts';
import { startContestants } from './mutation-contestants.ts';
import { measureRound, type Numbers } from './mutation-rounds.ts';

/** What the gateway requested from SQLite for that many swaps. */
export interface Batches {
  swaps: number;
  /** Pages of each of its transactions, in order. */
  pages: number[];
  /** A folder with its statements. */
  folder: string;
}

/** Makes a gateway count the pages of its transactions under load and record its statements. */
export async function countBatches(
  bench: Bench,
  upstream: Server,
  numbers: Numbers,
  seconds: number,
): Promise<Batches> {
  const folder = bench.folder('statements');
  const contestants = await startContestants(bench, upstream, {
    script: 'bench/process/counted-gateway.ts',
    ipc: true,
    env: { STATEMENTS_FILE: join(folder, 'statements.jsonl') },
  });
  const { gateway, durable } = contestants;
  const takeCounts = async (message: 'begin' | 'end'): Promise<number[]> => {
    gateway.child.send(message);
    const [pages] = (await once(gateway.child, 'message')) as [number[]];
    return pages;
  };
  await measureRound(bench, contestants, upstream, durable, numbers, bench.pick(3, 1));
  await takeCounts('begin');
  const { swaps } = await measureRound(bench, contestants, upstream, durable, numbers, seconds);
  const pages = await takeCounts('end');
  await contestants.stop();
  return { swaps, pages, folder };
}

/** Writes as many pages in the same batches, each synced, and nothing else. @returns swaps per second */
export async function writePages(bench: Bench, { swaps, pages }: Batches): Promise<number> {
  const folder = bench.folder('commits');
  writeFileSync(join(folder, 'batches.json'), JSON.stringify(pages));
  return swaps / (await secondsOf('peers/synced-commits.ts', folder));
}

/** Runs the same statements in the same transactions, each synced, and nothing else. @returns swaps per second */
export async function replayStatements(bench: Bench, batches: Batches): Promise<number> {
  const folder = bench.folder('replay');
  symlinkSync(join(batches.folder, 'statements.jsonl'), join(folder, 'statements.jsonl'));
  return batches.swaps / (await secondsOf('peers/replayed-statements.ts', folder));
}

async function secondsOf(peer: string, folder: string): Promise<number> {
  const [program, args] = pinned('server', [process.execPath, join(benchRoot, peer), folder]);
  const { stdout } = await promisify(execFile)(program, args);
  const [, seconds] = /^seconds (\S+)$/m.exec(stdout) ?? [];
  return Number(seconds);
}

import { spawnSync } from 'node:child_process';
import type { LoadResult } from '../load/http-load.ts';
import { show } from '../measure/format.ts';
import { percentile } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import type { Bench, Table } from '../scenario.ts';
import { probeLivez } from './livez-prober.ts';
import { startContestants } from './mutation-contestants.ts';
import { connections, measureRound, type Numbers } from './mutation-rounds.ts';

interface Measured {
  delayMs: number;
  load: LoadResult;
  perSecond: number;
  livezMs: number[];
}

const delaysMs = [0, 5, 20];

/** Makes strace delay each sync, SQLite's own included, and trace no other system call. */
const delaySyncs = (delayMs: number): string[] => [
  ...['strace', '-D', '-f', '-qqq', '--seccomp-bpf', '-o', '/dev/null'],
  ...['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:delay_exit=${delayMs * 1000}`],
];

/** Effect of a slow disk on mutations, and on requests that write nothing. @returns undefined if tracing is not permitted */
export async function measureSlowDisk(
  bench: Bench,
  upstream: Server,
  numbers: Numbers,
): Promise<Table | undefined> {
  if (spawnSync('strace', [...delaySyncs(0).slice(1), 'true'], { stdio: 'ignore' }).status !== 0) {
    bench.log('mutations: strace is not available, so the slow disk is not measured');
    return undefined;
  }
  const measured: Measured[] = [];
  for (const delayMs of delaysMs) {
    const wrapper = delayMs > 0 ? delaySyncs(delayMs) : [];
    const contestants = await startContestants(bench, upstream, { wrapper });
    const { durable, gateway } = contestants;
    await measureRound(bench, contestants, upstream, durable, numbers, bench.pick(3, 1));
    const stop = probeLivez(gateway.url);
    const round = await measureRound(bench, contestants, upstream, durable, numbers, bench.pick(10, 2));
    measured.push({ delayMs, ...round, livezMs: await stop() });
    await contestants.stop();
    bench.log(
      `mutations: + ${delayMs} ms a sync: ${show(round.perSecond)}/s, p99 ${show(round.load.p99Ms)} ms`,
    );
  }
  return {
    title: 'Mutations on a slow disk',
    note: `The same mutation, response when durable, on ${connections} connections, with the given delay added to each disk sync: strace delays the system call, including those of SQLite's checkpoints. \`/livez\` is requested every 10 ms in parallel.`,
    columns: [
      'added to each sync, ms',
      'answered/s',
      'swaps/s',
      'p50, ms',
      'p99, ms',
      '/livez p50, ms',
      '/livez p99, ms',
    ],
    rows: measured.map(({ delayMs, load, perSecond, livezMs }) => [
      String(delayMs),
      show(load.perSecond),
      show(perSecond),
      show(load.p50Ms),
      show(load.p99Ms),
      show(percentile(livezMs, 0.5)),
      show(percentile(livezMs, 0.99)),
    ]),
  };
}

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { show } from '../measure/format.ts';
import { percentile } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { probeIntervalMs, probeLivez } from './livez-prober.ts';
import { ageStore, fillStore } from './store-scripts.ts';

interface Sweep {
  count: number;
  seconds: number;
  livezMs: number[];
  bytesBefore: number;
  bytesAfter: number;
  logBytesAfter: number;
}

const pollMs = 250;
const maxSeconds = 1800;
const bytesInMb = 1024 * 1024;
/** Logged by the gateway at the end of a sweep that shrank the file. */
const sweptMessage = 'released the space of expired swaps to the file system';

/**
 * Everything in a full store expires at once: measures how long the sweep takes, what other requests notice, and the
 * file's size after it.
 */
export async function expiry(bench: Bench): Promise<ScenarioResult> {
  const upstream = await startUpstream(bench);
  const sweeps: Sweep[] = [];
  for (const count of bench.pick([200_000, 1_000_000], [10_000])) {
    const folder = bench.folder('expiry');
    const dataDir = join(folder, 'data');
    await fillStore(bench, dataDir, 0, count);
    await ageStore(bench, dataDir);
    const sizeOf = (name: string): number => statSync(join(dataDir, name)).size;
    const bytesBefore = sizeOf('gateway.sqlite');
    const gateway = bench.own(
      await startGateway({ core: 'server', folder, upstreamUrl: `${upstream.url}/success` }),
    );
    const { seconds, livezMs } = await probeUntilSwept(gateway, join(folder, 'gateway.log'));
    sweeps.push({
      count,
      seconds,
      livezMs,
      bytesBefore,
      bytesAfter: sizeOf('gateway.sqlite'),
      logBytesAfter: sizeOf('gateway.sqlite-wal'),
    });
    await gateway.stop();
    bench.log(
      `expiry: ${show(count)} swaps in ${show(seconds)} s, /livez at most ${show(Math.max(...livezMs))} ms`,
    );
  }
  return present(sweeps);
}

async function probeUntilSwept(
  gateway: Server,
  logPath: string,
): Promise<Pick<Sweep, 'seconds' | 'livezMs'>> {
  const began = performance.now();
  const stop = probeLivez(gateway.url);
  while (!readFileSync(logPath, 'utf8').includes(sweptMessage)) {
    if (performance.now() - began > maxSeconds * 1000) throw new Error('the store was not swept');
    await sleep(pollMs);
  }
  const seconds = (performance.now() - began) / 1000;
  return { seconds, livezMs: await stop() };
}

function present(sweeps: readonly Sweep[]): ScenarioResult {
  const most = sweeps.at(-1);
  if (!most) throw new Error('nothing expired');
  return {
    tables: [
      {
        title: 'Expiry: everything at once',
        note: `A store of finished swaps that all expired while no gateway was running. From readiness until the last one is removed and the file has shrunk, \`/livez\` is requested every ${probeIntervalMs} ms, each time over a new connection.`,
        columns: [
          'swaps',
          'seconds',
          '/livez p50, ms',
          'p99, ms',
          'most, ms',
          'file before, MB',
          'after, MB',
          'write-ahead log after, MB',
        ],
        rows: sweeps.map((sweep) => [
          show(sweep.count),
          show(sweep.seconds),
          show(percentile(sweep.livezMs, 0.5)),
          show(percentile(sweep.livezMs, 0.99)),
          show(Math.max(...sweep.livezMs)),
          show(sweep.bytesBefore / bytesInMb),
          show(sweep.bytesAfter / bytesInMb),
          show(sweep.logBytesAfter / bytesInMb),
        ]),
      },
    ],
    targets: [
      {
        what: `/livez while ${show(most.count)} swaps expire, p99`,
        measured: percentile(most.livezMs, 0.99),
        limit: 50,
        better: 'less',
        unit: 'ms',
      },
      {
        what: 'size of the file after that : before',
        measured: most.bytesAfter / most.bytesBefore,
        limit: 0.05,
        better: 'less',
        unit: '×',
      },
    ],
  };
}

import { cpSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type LoadCase, loadGenerator, putLoad } from '../load/http-load.ts';
import { show, showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import { processCpuMs } from '../process/cpu.ts';
import { startGateway } from '../process/gateway.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { makeEndedSwaps, readCases } from './read-cases.ts';

const off = 'off';
const onePercent = '1 % of all traces';
const all = 'all traces';
const ratios: Record<string, string | undefined> = { [off]: undefined, [onePercent]: '0.01', [all]: '1' };
const connections = 50;

interface Round {
  perSecond: number;
  /** CPU time of the gateway per request. */
  cpuUs: number;
}

/** Counts the exports, so that a gateway that exports nothing is noticed. */
async function startReceiver(): Promise<{ url: string; exports(): number; stop(): Promise<void> }> {
  let exports = 0;
  const server = createServer((request, response) => {
    exports += 1;
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports: () => exports,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** `swapResult` over HTTP, with tracing off and on, in turn. */
export async function tracing(bench: Bench): Promise<ScenarioResult> {
  const folder = bench.folder('tracing');
  const [upstream, receiver] = [await startUpstream(bench), bench.own(await startReceiver())];
  const start = (name: string, ratio: string | undefined): Promise<Server> =>
    startGateway({
      core: 'server',
      folder: join(folder, name),
      upstreamUrl: `${upstream.url}/success`,
      env:
        ratio === undefined
          ? {}
          : {
              OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
              OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
              OTEL_TRACES_SAMPLER_ARG: ratio,
            },
    });
  const first = bench.own(await start('first', undefined));
  const ids = await makeEndedSwaps(first.url, 100);
  await first.stop();

  const rounds = new Map<string, Round[]>(Object.keys(ratios).map((name) => [name, []]));
  // Fresh processes in every round: two runs of one program may be optimized differently, by as much as what is measured here.
  for (let round = 0; round < bench.pick(12, 1); round += 1) {
    const running: { name: string; server: Server; cases: LoadCase[] }[] = [];
    for (const [name, ratio] of rotated(Object.entries(ratios), round)) {
      const own = `${round}-${running.length}`;
      cpSync(join(folder, 'first'), join(folder, own), { recursive: true });
      const server = bench.own(await start(own, ratio));
      const cases = await readCases(server.url, ids);
      running.push({ name, server, cases });
      await putLoad(server.url, cases, { connections, seconds: bench.pick(3, 1), folder });
    }
    for (const { name, server, cases } of running) {
      const cpuBefore = processCpuMs(server.pid);
      const { perSecond, requests } = await putLoad(server.url, cases, {
        connections,
        seconds: bench.pick(4, 1),
        folder,
      });
      const cpuUs = ((processCpuMs(server.pid) - cpuBefore) * 1000) / requests;
      rounds.get(name)?.push({ perSecond, cpuUs });
      bench.log(`tracing: ${name}: ${show(perSecond)} req/s, ${show(cpuUs)} µs of CPU each`);
    }
    await Promise.all(running.map(({ server }) => server.stop()));
  }
  if (receiver.exports() === 0) throw new Error('nothing was exported');
  return present(rounds);
}

/** Rotates the order, since a measurement may affect the next one. */
const rotated = <Value>(values: readonly Value[], by: number): Value[] => {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
};

function present(rounds: ReadonlyMap<string, readonly Round[]>): ScenarioResult {
  const of = (name: string): readonly Round[] => rounds.get(name) ?? [];
  /** How many reads a core serves, compared with tracing off. */
  const ratioToOff = (name: string): number[] =>
    of(name).map(({ cpuUs }, round) => (of(off)[round]?.cpuUs ?? Number.NaN) / cpuUs);
  return {
    tables: [
      {
        title: 'Reads with tracing',
        columns: ['traces', 'reads per CPU time, ratio to off', 'CPU µs per read', 'requests/s'],
        rows: [...rounds].map(([name, values]) => [
          name,
          showRounds(ratioToOff(name)),
          showRounds(values.map(({ cpuUs }) => cpuUs)),
          showRounds(values.map(({ perSecond }) => perSecond)),
        ]),
        note: `The reads of the first table, by ${loadGenerator} over ${connections} connections, with \`OTEL_EXPORTER_OTLP_ENDPOINT\` set to a receiver on another core. Ratios are of the gateway's CPU time, which other programs disturb less than its throughput, and are computed round by round. Spans beyond 2,048 that wait are dropped, which with all traces is most of them.`,
      },
    ],
    targets: [
      {
        what: 'reads per CPU time with 1 % of all traces : tracing off',
        measured: summarize(ratioToOff(onePercent)).median,
        limit: 0.95,
        better: 'more',
        unit: '×',
      },
    ],
  };
}

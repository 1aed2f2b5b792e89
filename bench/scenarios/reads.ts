import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadCase, type LoadResult, loadGenerator, putLoad } from '../load/http-load.ts';
import { show, showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import { type Server, startServer } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { checkCases, makeEndedSwaps, readCases, recordsOf } from './read-cases.ts';

const limit = 'node:http, prepared bytes (the limit)';
const gateway = 'this gateway, everything on';
const withoutFastPath = 'this gateway, FAST_PATH=off';
const fastestPeer = 'Mercurius 16 + jit';

const peers: Record<string, { script: string; args?: string[] }> = {
  [limit]: { script: 'peers/node-http.ts' },
  'Fastify 5, schema-serialized': { script: 'peers/fastify.ts' },
  [fastestPeer]: { script: 'peers/mercurius.ts', args: ['jit'] },
  'Mercurius 16': { script: 'peers/mercurius.ts' },
  'Apollo 5 on Fastify': { script: 'peers/apollo-fastify.ts' },
  'Apollo 5 standalone': { script: 'peers/apollo-standalone.ts' },
  'GraphQL Yoga 5': { script: 'peers/yoga.ts' },
};

interface Contestant {
  name: string;
  start(): Promise<Server>;
  rounds: LoadResult[];
}

const swapCount = 100;
const connections = 50;

/** `swapResult` over HTTP: the gateway on its real store, compared with peers that hold the same records in memory. */
export async function reads(bench: Bench): Promise<ScenarioResult> {
  const folder = bench.folder('reads');
  const upstream = await startUpstream(bench);
  const startOwn = (name = 'gateway', env: Record<string, string> = {}) =>
    startGateway({
      core: 'server',
      folder: join(folder, name),
      upstreamUrl: `${upstream.url}/success`,
      env,
    });

  const first = bench.own(await startOwn());
  const ids = await makeEndedSwaps(first.url, swapCount);
  const records = recordsOf(await readCases(first.url, ids));
  await first.stop();
  cpSync(join(folder, 'gateway'), join(folder, 'without'), { recursive: true });
  const recordsPath = join(folder, 'records.json');
  writeFileSync(recordsPath, JSON.stringify(records));

  const startPeer = ({ script, args = [] }: { script: string; args?: string[] }) =>
    startServer(script, {
      core: 'server',
      env: { BENCH_RECORDS: recordsPath },
      args,
      logPath: join(bench.folder('peer'), 'log'),
    });
  const contestants: Contestant[] = [
    { name: gateway, start: () => startOwn(), rounds: [] },
    { name: withoutFastPath, start: () => startOwn('without', { FAST_PATH: 'off' }), rounds: [] },
    ...Object.entries(peers).map(([name, peer]) => ({ name, start: () => startPeer(peer), rounds: [] })),
  ];

  // Fresh processes in every pass, since two runs of one program may be optimized differently.
  for (let pass = 0; pass < bench.pick(3, 1); pass += 1) {
    const running = new Map<Contestant, { server: Server; cases: LoadCase[] }>();
    for (const contestant of contestants) {
      const server = bench.own(await contestant.start());
      const cases = await readCases(server.url, ids);
      checkCases(contestant.name, cases, records);
      running.set(contestant, { server, cases });
      await putLoad(server.url, cases, { connections, seconds: bench.pick(4, 1), folder });
    }
    for (let round = 0; round < 2; round += 1) {
      for (const [{ name, rounds }, { server, cases }] of running) {
        const result = await putLoad(server.url, cases, { connections, seconds: bench.pick(6, 1), folder });
        rounds.push(result);
        bench.log(`reads: ${name}: ${show(result.perSecond)} req/s, p99 ${show(result.p99Ms)} ms`);
      }
    }
    await Promise.all([...running.values()].map(({ server }) => server.stop()));
  }
  return present(contestants, records.length, JSON.stringify(records[0]).length);
}

function present(contestants: readonly Contestant[], records: number, bytes: number): ScenarioResult {
  const ratio = (name: string, base: string): number[] => {
    const of = (wanted: string) => contestants.find((contestant) => contestant.name === wanted)?.rounds ?? [];
    const bases = of(base);
    return of(name).map(({ perSecond }, round) => perSecond / (bases[round]?.perSecond ?? Number.NaN));
  };
  const median = (values: number[]): number => summarize(values).median;
  const rows = contestants
    .map(({ name, rounds }) => ({
      name,
      rounds,
      toLimit: ratio(name, limit),
    }))
    .sort((a, b) => median(b.toLimit) - median(a.toLimit))
    .map(({ name, rounds, toLimit }) => [
      name,
      showRounds(toLimit),
      showRounds(rounds.map(({ perSecond }) => perSecond)),
      showRounds(rounds.map(({ p50Ms }) => p50Ms)),
      showRounds(rounds.map(({ p99Ms }) => p99Ms)),
    ]);
  return {
    tables: [
      {
        title: 'Reads: `swapResult` by POST',
        columns: ['server', 'ratio to the limit', 'requests/s', 'p50 ms', 'p99 ms'],
        rows,
        note: `The operation \`schema/operations/SwapResult.graphql\` with its variables, every field of the type; ${records} different finished swaps in turn, about ${bytes} bytes each; ${connections} keep-alive connections, by ${loadGenerator}. Every response is compared with the correct one, byte by byte. The gateway reads its SQLite store; the peers hold the same records in a Map, and have neither keys nor limits. Ratios are computed round by round.`,
      },
    ],
    targets: [
      {
        what: `read, gateway : ${fastestPeer}`,
        measured: median(ratio(gateway, fastestPeer)),
        limit: 1.1,
        better: 'more',
        unit: '×',
      },
      {
        what: 'read, gateway : bare node:http',
        measured: median(ratio(gateway, limit)),
        limit: 0.5,
        better: 'more',
        unit: '×',
      },
    ],
  };
}

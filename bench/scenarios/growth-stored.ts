import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadCase, type LoadResult, putLoad } from '../load/http-load.ts';
import { show, showRounds } from '../measure/format.ts';
import { percentile, summarize } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { inParallel, post, requestBody } from '../process/graphql.ts';
import { residentMb } from '../process/resident.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { readCases } from './read-cases.ts';
import { fillStore } from './store-scripts.ts';

interface Stored {
  count: number;
  server: Server;
  reads: LoadCase[];
  pages: LoadCase[];
  readRounds: LoadResult[];
  pageRounds: LoadResult[];
  /** Milliseconds for swaps that were never read before, one at a time. */
  firstReads: number[];
  firstPages: number[];
  residentMb: number;
}

const connections = 50;
const pageSize = 20;
/** Evenly spread positions in the list, from which pages and swaps to read are taken. */
const samples = 40;

/** Measures reads and pages as the store grows. */
export async function growthOfStore(bench: Bench): Promise<ScenarioResult> {
  const upstream = await startUpstream(bench);
  const stored: Stored[] = [];
  let filled: { folder: string; count: number } | undefined;
  for (const count of bench.pick([1000, 100_000, 1_000_000], [1000, 5000])) {
    const folder = bench.folder('stored');
    if (filled) cpSync(filled.folder, folder, { recursive: true });
    await fillStore(bench, join(folder, 'data'), filled?.count ?? 0, count);
    filled = { folder, count };
    const start = () => startGateway({ core: 'server', folder, upstreamUrl: `${upstream.url}/success` });
    const finder = bench.own(await start());
    const pages = await pageCases(finder.url, count);
    await finder.stop();
    // A new process has no swap in its cache.
    const server = bench.own(await start());
    const first = await measureFirst(server.url, pages);
    const reads = await readCases(server.url, pages.flatMap(swapsOf));
    stored.push({ count, server, reads, pages, readRounds: [], pageRounds: [], ...first, residentMb: 0 });
    bench.log(`growth: ${show(count)} swaps are stored`);
  }
  const rounds = bench.pick(5, 1);
  const options = { connections, folder: bench.folder('load') };
  for (let round = 0; round <= rounds; round += 1) {
    for (const { count, server, reads, pages, readRounds, pageRounds } of stored) {
      const read = await putLoad(server.url, reads, { ...options, seconds: bench.pick(5, 1) });
      const page = await putLoad(server.url, pages, { ...options, seconds: bench.pick(5, 1) });
      // The first one warms up.
      if (round === 0) continue;
      readRounds.push(read);
      pageRounds.push(page);
      bench.log(
        `growth: ${show(count)} stored: ${show(read.perSecond)} reads/s, ${show(page.perSecond)} pages/s`,
      );
    }
  }
  for (const one of stored) one.residentMb = residentMb(one.server.pid);
  await Promise.all(stored.map(({ server }) => server.stop()));
  return present(stored);
}

/**
 * Reads from the store instead of memory: this process has read none of these swaps before. Every fourth page warms the
 * process up; the others alternate between pages and single swaps.
 */
async function measureFirst(
  url: string,
  pages: readonly LoadCase[],
): Promise<Pick<Stored, 'firstReads' | 'firstPages'>> {
  const readOf = (id: string): string => requestBody('SwapResult', { id });
  const part = (wanted: readonly number[]) => pages.filter((_, index) => wanted.includes(index % 4));
  const warmUps = part([0]).flatMap((page) => [page.request, ...swapsOf(page).map(readOf)]);
  for (let round = 0; round < 20; round += 1) for (const body of warmUps) await post(url, body);
  const time = async (body: string): Promise<number> => {
    const began = performance.now();
    await post(url, body);
    return performance.now() - began;
  };
  const firstReads: number[] = [];
  for (const id of part([1, 3]).flatMap(swapsOf)) firstReads.push(await time(readOf(id)));
  const firstPages: number[] = [];
  for (const { request } of part([2])) firstPages.push(await time(request));
  return { firstReads, firstPages };
}

/** Pages from all over the list, newest first. */
async function pageCases(url: string, count: number): Promise<LoadCase[]> {
  return inParallel(samples, 10, async (index) => {
    const sequence = Math.round((count * (samples - index)) / samples);
    const after = index === 0 ? null : Buffer.from(`swap:${sequence}`).toString('base64url');
    const request = requestBody('Swaps', { first: pageSize, after });
    const answer = await post(url, request);
    const [first] = swapsOf({ answer });
    return { id: first ?? '', request, answer };
  });
}

/** @throws Error if a page is not full */
function swapsOf({ answer }: Pick<LoadCase, 'answer'>): string[] {
  const { data } = JSON.parse(answer) as { data: { swaps: { edges: { node: { id: string } }[] } } };
  const ids = data.swaps.edges.map(({ node }) => node.id);
  if (ids.length !== pageSize) throw new Error(`a page of ${ids.length} swaps: ${answer}`);
  return ids;
}

function present(stored: readonly Stored[]): ScenarioResult {
  const [fewest] = stored;
  const most = stored.at(-1);
  if (!fewest || !most) throw new Error('nothing was stored');
  const slowdowns = (roundsOf: (one: Stored) => LoadResult[], one: Stored): number[] =>
    roundsOf(one).map(
      ({ perSecond }, round) => (roundsOf(fewest)[round]?.perSecond ?? Number.NaN) / perSecond,
    );
  const kinds: [name: string, roundsOf: (one: Stored) => LoadResult[]][] = [
    ['read', ({ readRounds }) => readRounds],
    ['history page', ({ pageRounds }) => pageRounds],
  ];
  return {
    tables: [
      {
        title: 'Growth: swaps in the store',
        note: `All finished, all of one client. Reads take ${samples * pageSize} swaps from all over the store in turn, which are cached after the first time, pages of ${pageSize} begin at ${samples} positions from the newest to the oldest; ${connections} connections, every response checked. "× time" is the time for one relative to that at ${show(fewest.count)}, round by round. "First" means from the store: the median for swaps and pages that the process has not read before, one at a time.`,
        columns: [
          'stored',
          'reads/s',
          '× time',
          'p99 ms',
          'pages/s',
          '× time',
          'p99 ms',
          'first read, ms',
          'first page, ms',
          'resident MB',
        ],
        rows: stored.map((one) => [
          show(one.count),
          ...kinds.flatMap(([, roundsOf]) => [
            showRounds(roundsOf(one).map(({ perSecond }) => perSecond)),
            showRounds(slowdowns(roundsOf, one)),
            showRounds(roundsOf(one).map(({ p99Ms }) => p99Ms)),
          ]),
          percentile(one.firstReads, 0.5).toFixed(3),
          percentile(one.firstPages, 0.5).toFixed(3),
          show(one.residentMb),
        ]),
      },
    ],
    targets: [
      ...kinds.map(([name, roundsOf]): [string, number] => [
        name,
        summarize(slowdowns(roundsOf, most)).median,
      ]),
      ...(
        [
          ['first read', ({ firstReads }) => percentile(firstReads, 0.5)],
          ['first history page', ({ firstPages }) => percentile(firstPages, 0.5)],
        ] as [string, (one: Stored) => number][]
      ).map(([name, medianOf]): [string, number] => [name, medianOf(most) / medianOf(fewest)]),
    ].map(([name, measured]) => ({
      what: `${name}, time at ${show(most.count)} stored : at ${show(fewest.count)}`,
      measured,
      limit: 1.2,
      better: 'less',
      unit: '×',
    })),
  };
}

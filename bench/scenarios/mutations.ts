import { type LoadResult, loadGenerator } from '../load/http-load.ts';
import { show, showRounds } from '../measure/format.ts';
import { percentile, summarize } from '../measure/statistics.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult, Table } from '../scenario.ts';
import { startContestants, type Way } from './mutation-contestants.ts';
import { connections, createNumbers, measureOne, measureRound } from './mutation-rounds.ts';
import { measureSlowDisk } from './slow-disk.ts';
import { type Batches, countBatches, replayStatements, writePages } from './synced-commits.ts';

/** Results of one way: one call at a time, and as many as possible. */
interface WayResults {
  latenciesMs: number[];
  rounds: { perSecond: number; load: LoadResult }[];
}

/** Results of the upper bounds, swaps/s in each round, and what they wrote. */
interface Limits {
  statements: number[];
  pages: number[];
  batches: Batches[];
}

/** `singleFaceSwap` with a stub that responds at once, compared with nothing but the disk work it requires. */
export async function mutations(bench: Bench): Promise<ScenarioResult> {
  const upstream = await startUpstream(bench);
  const results = new Map<string, WayResults>();
  const limits: Limits = { statements: [], pages: [], batches: [] };
  const resultsOf = ({ name }: Way): WayResults => {
    const found = results.get(name) ?? { latenciesMs: [], rounds: [] };
    results.set(name, found);
    return found;
  };
  const numbers = createNumbers();
  for (let pass = 0; pass < bench.pick(3, 1); pass += 1) {
    const batches = await countBatches(bench, upstream, numbers, bench.pick(6, 1));
    limits.batches.push(batches);
    const contestants = await startContestants(bench, upstream);
    const { direct, durable, held } = contestants;
    const loaded = [durable, held];
    for (const way of loaded)
      await measureRound(bench, contestants, upstream, way, numbers, bench.pick(3, 1));
    for (let round = 0; round < bench.pick(300, 40); round += 1)
      for (const way of [direct, durable, held])
        resultsOf(way).latenciesMs.push(await measureOne(way, numbers(1)));
    for (let round = 0; round < 2; round += 1) {
      const [statements, pages] = [await replayStatements(bench, batches), await writePages(bench, batches)];
      limits.statements.push(statements);
      limits.pages.push(pages);
      bench.log(`mutations: synced statements: ${show(statements)}/s, synced pages: ${show(pages)}/s`);
      for (const way of loaded) {
        const result = await measureRound(bench, contestants, upstream, way, numbers, bench.pick(6, 1));
        resultsOf(way).rounds.push(result);
        bench.log(`mutations: ${way.name}: ${show(result.perSecond)}/s`);
      }
    }
    await contestants.stop();
  }
  const slowDisk = await measureSlowDisk(bench, upstream, numbers);
  return present(results, limits, slowDisk);
}

function present(
  results: ReadonlyMap<string, WayResults>,
  limits: Limits,
  slowDisk: Table | undefined,
): ScenarioResult {
  const [[, direct], [, durable], [, held]] = [...results] as [
    [string, WayResults],
    [string, WayResults],
    [string, WayResults],
  ];
  const p50 = ({ latenciesMs }: WayResults): number => percentile(latenciesMs, 0.5);
  const ratios = ({ rounds }: WayResults, limit: readonly number[]): number[] =>
    rounds.map(({ perSecond }, round) => perSecond / (limit[round] ?? Number.NaN));
  const ofLoad = ({ rounds }: WayResults, cell: (load: LoadResult) => number): string =>
    rounds.length === 0 ? '–' : showRounds(rounds.map(({ load }) => cell(load)));
  return {
    tables: [
      {
        title: 'Mutations: `singleFaceSwap`',
        note: `Every call is a new swap with \`reuse: NEVER\`; the stub responds to each submission with the finished picture at once. The gateway writes and syncs the swap before it responds, submits it once, writes the result, and logs it; ${connections} swaps may be at the stub at a time. "Response when durable" is \`wait: 0\`, with submission after the response; "response when finished" is \`wait: 30\`, whose response has the picture, like that of the direct call. One at a time: p50 and p99 of calls in turn. Throughput: ${connections} connections by ${loadGenerator}; "swaps/s" and the ratio are counted until the last swap was submitted and has finished, "responses/s" while requests were sent. The limits were recorded from the gateway under this load: its statements with their values, in its transactions, run by SQLite with \`synchronous=FULL\`; and the number of pages each of its transactions wrote, in a loop that changes one row per page: ${describeBatches(limits.batches)}.`,
        columns: [
          'way',
          'one at a time p50, ms',
          'p99, ms',
          'responses/s',
          'swaps/s',
          'ratio to the same statements',
          'ratio to the same pages',
          'p50 under load, ms',
          'p99 under load, ms',
        ],
        rows: [
          limitRow('only synced commits of the same statements', limits.statements, limits),
          limitRow('only synced commits of as many pages', limits.pages, limits),
          ...[...results].map(([name, measured]) => [
            name,
            p50(measured).toFixed(2),
            percentile(measured.latenciesMs, 0.99).toFixed(2),
            ofLoad(measured, (load) => load.perSecond),
            measured.rounds.length === 0
              ? '–'
              : showRounds(measured.rounds.map(({ perSecond }) => perSecond)),
            ...[limits.statements, limits.pages].map((limit) =>
              measured.rounds.length === 0 ? '–' : showRounds(ratios(measured, limit)),
            ),
            ofLoad(measured, (load) => load.p50Ms),
            ofLoad(measured, (load) => load.p99Ms),
          ]),
        ],
      },
      ...(slowDisk ? [slowDisk] : []),
    ],
    targets: [
      {
        what: 'mutation with `wait`, including the picture: added to a direct call, p50',
        measured: p50(held) - p50(direct),
        limit: 1.5,
        better: 'less',
        unit: 'ms',
      },
      {
        what: 'mutation throughput, durable, submitted and finished : synced SQLite commits of the same statements',
        measured: summarize(ratios(durable, limits.statements)).median,
        limit: 0.4,
        better: 'more',
        unit: '×',
      },
    ],
  };
}

function limitRow(name: string, perSecond: readonly number[], { statements, pages }: Limits): string[] {
  const ratios = [statements, pages].map((limit) =>
    showRounds(perSecond.map((each, round) => each / (limit[round] ?? Number.NaN))),
  );
  return [name, '–', '–', '–', showRounds(perSecond), ...ratios, '–', '–'];
}

function describeBatches(batches: readonly Batches[]): string {
  const swaps = batches.reduce((sum, batch) => sum + batch.swaps, 0);
  const pages = batches.flatMap((batch) => batch.pages);
  const pagesInAll = pages.reduce((sum, count) => sum + count, 0);
  return `${show(pages.length / swaps)} syncs and ${show((pagesInAll * 4) / swaps)} KiB per swap`;
}

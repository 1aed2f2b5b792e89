import { type LoadResult, loadGenerator } from '../load/http-load.ts';
import { show, showRounds } from '../measure/format.ts';
import { percentile, summarize } from '../measure/statistics.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult, Table } from '../scenario.ts';
import { startContestants, type Way } from './mutation-contestants.ts';
import { connections, createNumbers, measureOne, measureRound } from './mutation-rounds.ts';
import { measureSlowDisk } from './slow-disk.ts';
import { type Batches, countBatches, replayStatements, writePages } from './synced-commits.ts';

/** What one way did: one call at a time, and as many as it can. */
interface WayResults {
  latenciesMs: number[];
  rounds: { perSecond: number; load: LoadResult }[];
}

/** The limits, swaps/s in each round, and what they wrote. */
interface Limits {
  statements: number[];
  pages: number[];
  batches: Batches[];
}

/** `singleFaceSwap` with a stub that answers at once, against what it asks of the disk and nothing else. */
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
        note: `Every call is a new swap with \`reuse: NEVER\`; the stub answers each submission with the finished picture at once. The gateway writes and syncs the swap before it answers, submits it once, writes its end, and logs it; ${connections} swaps may be at the stub at one time. "Answered when durable" is \`wait: 0\`, where submission comes after the answer; "answered when ended" is \`wait: 30\`, which answers with the picture, as the direct call does. One at a time: p50 and p99 of calls in turn. Throughput: ${connections} connections by ${loadGenerator}; "swaps/s" and the ratio are counted until the last swap has been submitted and ended, "answered/s" while they were requested. The limits were recorded from the gateway under this load: its statements with their values, in its transactions, run by SQLite with \`synchronous=FULL\`; and as many pages as each of its transactions wrote, in a loop that changes one row a page: ${describeBatches(limits.batches)}.`,
        columns: [
          'way',
          'one at a time p50, ms',
          'p99, ms',
          'answered/s',
          'swaps/s',
          'ratio to the same statements',
          'ratio to the same pages',
          'p50 under load, ms',
          'p99 under load, ms',
        ],
        rows: [
          limitRow('synced commits of the same statements, nothing else', limits.statements, limits),
          limitRow('synced commits of as many pages, nothing else', limits.pages, limits),
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
        what: 'mutation with `wait`, picture and all: added to a direct call, p50',
        measured: p50(held) - p50(direct),
        limit: 1.5,
        better: 'less',
        unit: 'ms',
      },
      {
        what: 'mutation throughput, durable, submitted and ended : synced SQLite commits of the same statements',
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
  return `${show(pages.length / swaps)} syncs and ${show((pagesInAll * 4) / swaps)} KiB a swap`;
}

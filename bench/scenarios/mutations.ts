import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { type LoadResult, loadGenerator, putNewLoad } from '../load/http-load.ts';
import { show, showRounds } from '../measure/format.ts';
import { percentile, summarize } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import { authorization } from '../process/gateway.ts';
import { ask } from '../process/graphql.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { type Contestants, startContestants, templateOf, type Way } from './mutation-contestants.ts';

const connections = 50;

/** What one way did: one call at a time, and as many as it can. */
interface WayResults {
  latenciesMs: number[];
  rounds: { perSecond: number; load: LoadResult }[];
}

/** `singleFaceSwap` with a stub that answers at once, against handing the call on and nothing else. */
export async function mutations(bench: Bench): Promise<ScenarioResult> {
  const upstream = await startUpstream(bench);
  const results = new Map<string, WayResults>();
  const resultsOf = ({ name }: Way): WayResults => {
    const found = results.get(name) ?? { latenciesMs: [], rounds: [] };
    results.set(name, found);
    return found;
  };
  const numbers = createNumbers();
  for (let pass = 0; pass < bench.pick(3, 1); pass += 1) {
    const contestants = await startContestants(bench, upstream);
    const { direct, proxy, durable, held } = contestants;
    const loaded = [proxy, durable, held];
    for (const way of loaded)
      await measureRound(bench, contestants, upstream, way, numbers, bench.pick(3, 1));
    for (let round = 0; round < bench.pick(300, 40); round += 1)
      for (const way of [direct, proxy, durable, held])
        resultsOf(way).latenciesMs.push(await measureOne(way, numbers(1)));
    for (let round = 0; round < 2; round += 1) {
      for (const way of loaded) {
        const result = await measureRound(bench, contestants, upstream, way, numbers, bench.pick(6, 1));
        resultsOf(way).rounds.push(result);
        bench.log(`mutations: ${way.name}: ${show(result.perSecond)}/s`);
      }
    }
    await contestants.stop();
  }
  return present(results);
}

type Numbers = (count: number) => number;

/** Gives the first of as many numbers as asked for, none of them twice. */
function createNumbers(): Numbers {
  let next = 1;
  return (count) => {
    next += count;
    return next - count;
  };
}

const gapMs = 3;

/** One call when nothing else is to be done. */
async function measureOne(way: Way, number: number): Promise<number> {
  const { path, url, parts, expected } = way;
  const body = parts.join(String(number));
  const headers = { 'content-type': 'application/json', authorization };
  const began = performance.now();
  const answer = await request(url + path, { method: 'POST', headers, body });
  const text = await answer.body.text();
  const ms = performance.now() - began;
  if (!text.includes(expected)) throw new Error(`${way.name} answered ${text}`);
  // What goes on after the answer is no part of the next call.
  await sleep(gapMs);
  return ms;
}

/** As many calls as it takes, until the last of them was answered by the stub and, in the gateway, has ended. */
async function measureRound(
  bench: Bench,
  { gateway }: Contestants,
  upstream: Server,
  way: Way,
  numbers: Numbers,
  seconds: number,
): Promise<{ perSecond: number; load: LoadResult }> {
  const before = await countSubmissions(upstream);
  const began = performance.now();
  const template = templateOf(way, numbers(1_000_000));
  const load = await putNewLoad(way.url, template, { connections, seconds, folder: bench.folder('load') });
  const last = await untilQuiet(gateway, upstream);
  const submitted = last.count - before;
  // The load ends in the middle of the last calls, so these are done, but not counted by it.
  if (submitted < load.requests || submitted > load.requests + connections)
    throw new Error(`${way.name}: ${load.requests} calls were answered, and ${submitted} submitted`);
  return { perSecond: submitted / ((last.at - began) / 1000), load };
}

async function countSubmissions(upstream: Server): Promise<number> {
  const answer = await request(`${upstream.url}/count`);
  return ((await answer.body.json()) as { count: number }).count;
}

const lookMs = 20;
/** Longer than a busy machine may keep a call of the proxy's waiting, which nobody else knows of. */
const quietMs = 500;

/** Waits until all swaps have ended and no submission comes any more. @returns their number, and when it was reached */
async function untilQuiet(gateway: Server, upstream: Server): Promise<{ count: number; at: number }> {
  let last = { count: await countSubmissions(upstream), at: performance.now() };
  while (performance.now() - last.at < quietMs) {
    await sleep(lookMs);
    const [count, open] = await Promise.all([countSubmissions(upstream), countOpen(gateway)]);
    if (open > 0 || count !== last.count) last = { count, at: performance.now() };
  }
  return last;
}

async function countOpen({ url }: Server): Promise<number> {
  const { gatewayStatus } = await ask<{ gatewayStatus: { processing: number; queued: number } }>(
    url,
    'GatewayStatus',
    {},
  );
  return gatewayStatus.processing + gatewayStatus.queued;
}

function present(results: ReadonlyMap<string, WayResults>): ScenarioResult {
  const [[, direct], [proxyName, proxy], [, durable], [, held]] = [...results] as [
    [string, WayResults],
    [string, WayResults],
    [string, WayResults],
    [string, WayResults],
  ];
  const p50 = ({ latenciesMs }: WayResults): number => percentile(latenciesMs, 0.5);
  const ratios = ({ rounds }: WayResults): number[] =>
    rounds.map(({ perSecond }, round) => perSecond / (proxy.rounds[round]?.perSecond ?? Number.NaN));
  const ofLoad = ({ rounds }: WayResults, cell: (load: LoadResult) => number): string =>
    rounds.length === 0 ? '–' : showRounds(rounds.map(({ load }) => cell(load)));
  return {
    tables: [
      {
        title: 'Mutations: `singleFaceSwap`',
        note: `Every call is a new swap with \`reuse: NEVER\`; the stub answers each submission with the finished picture at once. The gateway writes the swap before it answers, submits it once, writes its end, and logs it; ${connections} swaps may be at the stub at one time. "Answered when durable" is \`wait: 0\`, where submission comes after the answer; "answered when ended" is \`wait: 30\`, which answers with the picture, as the direct call does. One at a time: p50 and p99 of calls in turn. Throughput: ${connections} connections by ${loadGenerator}; "swaps/s" and the ratio are counted until the last swap has been submitted and ended, "answered/s" while they were requested.`,
        columns: [
          'way',
          'one at a time p50, ms',
          'p99, ms',
          'answered/s',
          'swaps/s',
          'ratio to the limit',
          'p50 under load, ms',
          'p99 under load, ms',
        ],
        rows: [...results].map(([name, measured]) => [
          name,
          p50(measured).toFixed(2),
          percentile(measured.latenciesMs, 0.99).toFixed(2),
          ofLoad(measured, (load) => load.perSecond),
          measured.rounds.length === 0 ? '–' : showRounds(measured.rounds.map(({ perSecond }) => perSecond)),
          measured.rounds.length === 0 ? '–' : showRounds(ratios(measured)),
          ofLoad(measured, (load) => load.p50Ms),
          ofLoad(measured, (load) => load.p99Ms),
        ]),
      },
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
        what: `mutation throughput, durable, submitted and ended : ${proxyName}`,
        measured: summarize(ratios(durable)).median,
        limit: 0.4,
        better: 'more',
        unit: '×',
      },
    ],
  };
}

import { createFleet, type Fleet } from '../clients/fleet.ts';
import { probe } from '../instruments/probe-client.ts';
import { show } from '../measure/format.ts';
import { requestBody } from '../process/graphql.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { measureFanOut, takeTopic } from './push-fan-out.ts';
import { measureLatency, type PushLatency } from './push-latency.ts';
import { measureMemory } from './push-memory.ts';
import { noResults, type PushResults, presentPushes } from './push-results.ts';
import { measureStorm } from './push-storm.ts';
import { type PushTarget, readWording, startGatewayTarget, startRawTarget } from './push-targets.ts';

/** Live completion, compared with a server that only sends the same bytes. */
export async function pushes(bench: Bench): Promise<ScenarioResult> {
  const results = new Map<string, PushResults>();
  const resultOf = ({ name }: PushTarget): PushResults => {
    const found = results.get(name) ?? noResults();
    results.set(name, found);
    return found;
  };
  const fewer = bench.pick(1000, 300);
  const many = bench.pick(5000, 500);
  for (let pass = 0; pass < bench.pick(3, 1); pass += 1) {
    await measureFew(bench, fewer, resultOf);
    await measureMany(bench, many, resultOf);
  }
  return presentPushes(results, fewer, many);
}

type ResultOf = (target: PushTarget) => PushResults;

async function startBoth(bench: Bench, topics: number): Promise<PushTarget[]> {
  const gateway = await startGatewayTarget(bench, topics + 1);
  bench.log(`pushes: the gateway has ${topics} swaps in progress`);
  return [gateway, await startRawTarget(bench, await readWording(gateway), topics)];
}

/** Many subscribers of one swap, then one swap each. */
async function measureFew(bench: Bench, fewer: number, resultOf: ResultOf): Promise<void> {
  const warmUps = bench.pick(5, 3);
  const rounds = bench.pick(15, 5);
  const samples = bench.pick(500, 60);
  const targets = await startBoth(bench, 1 + warmUps + rounds + fewer + 2 * samples);
  const fleets = new Map<PushTarget, Fleet>();
  for (const target of targets) {
    const fleet = createFleet(target.server.url);
    fleets.set(target, fleet);
    const topic = takeTopic(target);
    await fleet.open(Array.from({ length: fewer }, () => topic));
  }
  for (let round = 0; round < warmUps + rounds; round += 1) {
    for (const [target, fleet] of fleets) {
      const fanOut = await measureFanOut(target, fleet, fewer);
      if (round >= warmUps) resultOf(target).fanOuts.push(fanOut);
    }
  }
  for (const [target, fleet] of fleets) {
    fleet.drop();
    bench.log(
      `pushes: ${target.name}: one event to ${fewer}: ${show(resultOf(target).fanOuts.at(-1)?.serverMs ?? 0)} ms`,
    );
  }
  const ownFleets = await openFleets(targets);
  await measureOneByOne(ownFleets, samples, (target) => resultOf(target).latencies);
  for (const fleet of ownFleets.values()) fleet.drop();
  await stopAll(targets);
}

/** With enough subscribers for memory to matter. */
async function measureMany(bench: Bench, many: number, resultOf: ResultOf): Promise<void> {
  const samples = bench.pick(500, 60);
  const targets = await startBoth(bench, many + 2 * samples);
  for (const target of targets) {
    const { fleet, ...memory } = await measureMemory(target, many);
    resultOf(target).memory.push(memory);
    bench.log(`pushes: ${target.name}: ${show(memory.residentKb)} KB for each of ${many} subscriptions`);
    fleet.drop();
  }
  const fleets = await openFleets(targets);
  await measureOneByOne(fleets, samples, (target) => resultOf(target).latenciesOfMany);
  for (const [target, fleet] of fleets) {
    const body = requestBody('SwapResult', { id: target.topics[0] ?? '' });
    const storm = await measureStorm(bench, fleet, target.topics, { url: target.server.url, body });
    resultOf(target).storms.push(storm);
    fleet.drop();
    bench.log(`pushes: ${target.name}: ${target.topics.length} live again after ${show(storm.allLiveMs)} ms`);
  }
  await stopAll(targets);
}

/** Connects one subscriber per topic of each server. */
async function openFleets(targets: readonly PushTarget[]): Promise<Map<PushTarget, Fleet>> {
  const fleets = new Map<PushTarget, Fleet>();
  for (const target of targets) {
    const fleet = createFleet(target.server.url);
    await fleet.open(target.topics);
    await probe(target.server, 'publications');
    fleets.set(target, fleet);
  }
  return fleets;
}

/** Ends topics one by one, alternating between the servers, after as many warm-up events. */
async function measureOneByOne(
  fleets: ReadonlyMap<PushTarget, Fleet>,
  samples: number,
  listOf: (target: PushTarget) => PushLatency[],
): Promise<void> {
  for (let round = 0; round < 2 * samples; round += 1) {
    for (const [target, fleet] of fleets) {
      const latency = await measureLatency(target, fleet, takeTopic(target));
      if (round >= samples) listOf(target).push(latency);
    }
  }
}

async function stopAll(targets: readonly PushTarget[]): Promise<void> {
  await Promise.all(targets.map(({ server }) => server.stop()));
}

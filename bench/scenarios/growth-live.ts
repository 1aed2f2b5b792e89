import { createFleet, type Fleet } from '../clients/fleet.ts';
import { probe } from '../instruments/probe-client.ts';
import { type LoadResult, putLoad } from '../load/http-load.ts';
import { show, showRounds } from '../measure/format.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import { startGatewayTarget } from './push-targets.ts';
import { readCases } from './read-cases.ts';

const connections = 50;
const readSwaps = 100;

/** Measures reads while other clients watch their swaps, and the cost of watching. */
export async function growthOfSubscriptions(bench: Bench): Promise<ScenarioResult> {
  const counts = bench.pick([0, 1000, 5000, 10_000], [0, 300]);
  const { server, topics } = await startGatewayTarget(bench, counts.at(-1) ?? 0);
  const cases = await readCases(server.url, topics.slice(0, readSwaps));
  const options = { connections, folder: bench.folder('load') };
  await putLoad(server.url, cases, { ...options, seconds: bench.pick(5, 1) });
  const fleets: Fleet[] = [];
  const rows: string[][] = [];
  let open = 0;
  for (const count of counts) {
    if (count > open) {
      const fleet = createFleet(server.url);
      await fleet.open(topics.slice(open, count));
      fleets.push(fleet);
      open = count;
    }
    const { rss, heapUsed } = await probe(server, 'memory');
    const rounds: LoadResult[] = [];
    for (let round = 0; round < bench.pick(5, 1); round += 1)
      rounds.push(await putLoad(server.url, cases, { ...options, seconds: bench.pick(4, 1) }));
    bench.log(`growth: ${count} live subscriptions: ${show(rounds.at(-1)?.perSecond ?? 0)} reads/s`);
    rows.push([
      show(count),
      showRounds(rounds.map(({ perSecond }) => perSecond)),
      showRounds(rounds.map(({ p50Ms }) => p50Ms)),
      showRounds(rounds.map(({ p99Ms }) => p99Ms)),
      show(rss / 2 ** 20),
      show(heapUsed / 2 ** 20),
    ]);
  }
  if (fleets.some((fleet) => fleet.retries() > 0)) throw new Error('a subscriber lost its connection');
  for (const fleet of fleets) fleet.drop();
  await server.stop();
  return {
    tables: [
      {
        title: 'Growth: live subscriptions',
        note: `Reads of ${readSwaps} swaps in progress over ${connections} connections, every response checked, while the given number of sockets watch a swap each. ${show(counts.at(-1) ?? 0)} swaps are in progress throughout. Memory after a full garbage collection, before the reads.`,
        columns: ['live', 'reads/s', 'p50 ms', 'p99 ms', 'resident MB', 'heap MB'],
        rows,
      },
    ],
    targets: [],
  };
}

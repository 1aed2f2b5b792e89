import { showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import type { Bench, ScenarioResult, Target } from '../scenario.ts';
import { besideCutOffInstances } from './neighbor-instances.ts';
import { besideCostlyQueries } from './neighbor-queries.ts';
import { besideFullQueue } from './neighbor-redis.ts';
import type { Matter, Round } from './neighbor-rounds.ts';
import { besideSilentReaders, besideSilentSenders } from './neighbor-uploads.ts';
import { besideHangingDns, besideHangingReceivers } from './neighbor-webhooks.ts';

const maxRatio = 2;
const ratiosOf = (rounds: readonly Round[]): number[] => rounds.map(({ alone, beside }) => beside / alone);

/** What a client notices while another client, or a part of the system, misbehaves. */
export async function neighbors(bench: Bench): Promise<ScenarioResult> {
  const matters: Matter[] = [];
  const cases: (() => Promise<Matter | Matter[]>)[] = [
    () => besideHangingDns(bench, 16),
    () => besideHangingDns(bench, 100),
    () => besideHangingReceivers(bench),
    () => besideCostlyQueries(bench),
    () => besideSilentReaders(bench),
    () => besideSilentSenders(bench),
    () => besideFullQueue(bench),
    () => besideCutOffInstances(bench),
  ];
  for (const measure of cases) {
    for (const matter of [await measure()].flat()) {
      bench.log(`neighbors: ${matter.misbehavior}: ${matter.seen}: ${showRounds(ratiosOf(matter.rounds))} ×`);
      matters.push(matter);
    }
  }
  return present(matters, bench.pick(5, 1));
}

function present(matters: readonly Matter[], rounds: number): ScenarioResult {
  return {
    tables: [
      {
        title: 'Neighbors',
        note: `What a client notices while another one misbehaves, relative to the same client undisturbed. Both are measured in turn, ${rounds} rounds, on gateways with the same settings: one that is left alone, and one on which the misbehavior goes on. The stub of ModelsLab ends every swap at once. Queries ask for all fields of each swap, both as nodes and as edges; one page is the most that the cost limit allows, here without a limit of its rate. Gateways on Redis, and Redis itself, share both cores.`,
        columns: ['misbehavior', 'what is measured', 'undisturbed', 'beside it', 'ratio'],
        rows: matters.map(({ misbehavior, seen, rounds }) => [
          misbehavior,
          seen,
          showRounds(rounds.map(({ alone }) => alone)),
          showRounds(rounds.map(({ beside }) => beside)),
          showRounds(ratiosOf(rounds)),
        ]),
      },
    ],
    targets: matters.flatMap(targetsOf),
  };
}

function targetsOf({ misbehavior, seen, rounds, target }: Matter): Target[] {
  if (target === false) return [];
  const what = `${seen.replace(/, [^,]+$/, '')}, beside ${misbehavior}`;
  const beside = rounds.map((round) => round.beside);
  return [
    {
      what: target ? what : `${what} : undisturbed`,
      measured: summarize(target ? beside : ratiosOf(rounds)).median,
      limit: target?.most ?? maxRatio,
      better: 'less',
      unit: target?.unit ?? '×',
    },
  ];
}

import { showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import type { Bench, ScenarioResult, Target } from '../scenario.ts';
import { withCutOffInstances } from './neighbor-instances.ts';
import { withCostlyQueries } from './neighbor-queries.ts';
import { withFullQueue } from './neighbor-redis.ts';
import type { Measurement, Round } from './neighbor-rounds.ts';
import { withSilentReaders, withSilentSenders } from './neighbor-uploads.ts';
import { withHangingDns, withHangingReceivers } from './neighbor-webhooks.ts';

const maxRatio = 2;
const ratiosOf = (rounds: readonly Round[]): number[] =>
  rounds.map(({ undisturbed, disturbed }) => disturbed / undisturbed);

/** The effect on one client while another client, or a part of the system, misbehaves. */
export async function neighbors(bench: Bench): Promise<ScenarioResult> {
  const measurements: Measurement[] = [];
  const cases: (() => Promise<Measurement | Measurement[]>)[] = [
    () => withHangingDns(bench, 16),
    () => withHangingDns(bench, 100),
    () => withHangingReceivers(bench),
    () => withCostlyQueries(bench),
    () => withSilentReaders(bench),
    () => withSilentSenders(bench),
    () => withFullQueue(bench),
    () => withCutOffInstances(bench),
  ];
  for (const measure of cases) {
    for (const measurement of [await measure()].flat()) {
      bench.log(
        `neighbors: ${measurement.misbehavior}: ${measurement.metric}: ${showRounds(ratiosOf(measurement.rounds))} ×`,
      );
      measurements.push(measurement);
    }
  }
  return present(measurements, bench.pick(5, 1));
}

function present(measurements: readonly Measurement[], rounds: number): ScenarioResult {
  return {
    tables: [
      {
        title: 'Neighbors',
        note: `The effect on one client while another one misbehaves, relative to the same client undisturbed. Both are measured alternately, ${rounds} rounds, on gateways with the same settings: one without the misbehavior, and one with it. ModelsLab's stub completes every swap at once. Queries select all fields of each swap, both as nodes and as edges; one page is the maximum that the cost limit allows, here without a rate limit. Gateways on Redis, and Redis itself, share both cores.`,
        columns: ['misbehavior', 'metric', 'undisturbed', 'disturbed', 'ratio'],
        rows: measurements.map(({ misbehavior, metric, rounds }) => [
          misbehavior,
          metric,
          showRounds(rounds.map(({ undisturbed }) => undisturbed)),
          showRounds(rounds.map(({ disturbed }) => disturbed)),
          showRounds(ratiosOf(rounds)),
        ]),
      },
    ],
    targets: measurements.flatMap(targetsOf),
  };
}

function targetsOf({ misbehavior, metric, rounds, target }: Measurement): Target[] {
  if (target === false) return [];
  const what = `${metric.replace(/, [^,]+$/, '')}, next to ${misbehavior}`;
  const disturbed = rounds.map((round) => round.disturbed);
  return [
    {
      what: target ? what : `${what} : undisturbed`,
      measured: summarize(target ? disturbed : ratiosOf(rounds)).median,
      limit: target?.most ?? maxRatio,
      better: 'less',
      unit: target?.unit ?? '×',
    },
  ];
}

import type { SandboxFaults } from '../../sandbox/sandbox.ts';
import { show, showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import type { Bench, ScenarioResult, Target } from '../scenario.ts';
import { runSlots, type SlotRun, slotCount } from './slots-run.ts';

interface Case {
  what: string;
  faults: Partial<SandboxFaults>;
  /** The minimum share of the oracle's pace. */
  least: number;
}

const polling: Partial<SandboxFaults> = { webhookDropped: 1 };
const cases: readonly Case[] = [
  { what: 'webhooks, eta 605', faults: { etaPublished: 1 }, least: 0.98 },
  { what: 'polling, honest eta', faults: polling, least: 0.85 },
  { what: 'polling, half the eta', faults: { ...polling, etaFactor: 0.5 }, least: 0.85 },
  { what: 'polling, triple eta', faults: { ...polling, etaFactor: 3 }, least: 0.85 },
  { what: 'polling, eta 605', faults: { ...polling, etaPublished: 1 }, least: 0.85 },
  { what: 'polling, no eta', faults: { ...polling, etaAbsent: 1 }, least: 0.85 },
];
const mostPolls = 10;
/** All cases of a round run concurrently: their processes wait most of the time. */
const firstSeed = 1;

/** How well the account's few slots are used: the sooner a finished swap is noticed, the sooner the next one starts. */
export async function slots(bench: Bench): Promise<ScenarioResult> {
  const swaps = bench.pick(40, 10);
  const rounds = bench.pick(5, 1);
  const runs = new Map<string, SlotRun[]>(cases.map(({ what }) => [what, []]));
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) {
    await Promise.all(
      cases.map(async ({ what, faults }) => {
        const run = await runSlots(bench, { swaps, seed, faults });
        runs.get(what)?.push(run);
        const figures = `${show(run.ratio)} of the oracle, ${show(run.seconds)} s, at most ${run.mostPolls} polls`;
        bench.log(`slots: ${what}, seed ${seed}: ${figures}`);
      }),
    );
  }
  const runsOf = (what: string): readonly SlotRun[] => runs.get(what) ?? [];
  return {
    tables: [
      {
        title: 'Slots',
        note: `${swaps} swaps of 2–6 s over ${slotCount} slots, requested at once, in real time: the gateway's process against the sandbox, relative to an oracle that knows every duration and leaves no slot idle. Median of ${rounds} seeds (minimum–maximum); all rows of a seed run concurrently, each with its own processes. Polls: of the most-polled swap.`,
        columns: ['ModelsLab', 'share of the oracle', 'seconds', 'polls per swap, at most'],
        rows: cases.map(({ what }) => {
          const all = runsOf(what);
          return [
            what,
            showRounds(all.map(({ ratio }) => ratio)),
            showRounds(all.map(({ seconds }) => seconds)),
            String(Math.max(...all.map((run) => run.mostPolls))),
          ];
        }),
      },
    ],
    targets: cases.flatMap(({ what, least }): Target[] => {
      const all = runsOf(what);
      const ratio = summarize(all.map((run) => run.ratio)).median;
      const polls = Math.max(...all.map((run) => run.mostPolls));
      return [
        { what: `slots, ${what}`, measured: ratio, limit: least, better: 'more', unit: 'of the oracle' },
        { what: `slots, ${what}`, measured: polls, limit: mostPolls, better: 'less', unit: 'polls per swap' },
      ];
    }),
  };
}

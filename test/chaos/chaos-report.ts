import type { ChaosOptions } from './chaos-options.ts';
import type { ChaosResult } from './chaos-run.ts';

export interface SeedRun {
  seed: number;
  seconds: number;
  result: ChaosResult;
}

export const isBroken = ({ checks }: ChaosResult): boolean =>
  checks.some(({ breaches }) => breaches.length > 0);

/** The results of all seeds as Markdown, which is also readable in a terminal. */
export function reportChaos({ swaps, kills, instances }: ChaosOptions, runs: readonly SeedRun[]): string {
  const results = runs.map(({ result }) => result);
  const total = (counts: (result: ChaosResult) => Record<string, number>, combine = add) =>
    results.map(counts).reduce((all, next) => merge(all, next, combine), {});
  const checks = results[0]?.checks.map(({ promise }, index) => ({
    promise,
    breaches: runs.flatMap(({ seed, result }) =>
      (result.checks[index]?.breaches ?? []).map((breach) => `seed ${seed}: ${breach}`),
    ),
  }));
  const each = runs.length > 1 ? ' each' : '';
  const what = `${swaps} swaps, ${kills} kills${instances > 1 ? `, ${instances} instances` : ''}`;
  return [
    `Seed ${runs.map(({ seed }) => seed).join(', ')}: ${what}${each}.`,
    '',
    table(
      ['promise', 'held'],
      (checks ?? []).map(({ promise, breaches }) => [
        promise,
        breaches.length === 0 ? 'yes' : `NO, ${breaches.length}`,
      ]),
    ),
    ...(checks ?? []).flatMap(({ promise, breaches }) =>
      breaches.length === 0
        ? []
        : [`${promise}:`, ...breaches.slice(0, 10).map((breach) => `- ${breach}`), ''],
    ),
    ...(runs.length > 1 ? [tableOfSeeds(runs)] : []),
    table(
      ['what happened', 'times'],
      rows({ ...total(({ facts }) => facts), ...total(({ peaks }) => peaks, Math.max) }),
    ),
    table(['outcome of swaps', 'swaps'], rows(total(({ endings }) => endings))),
    table(['where the gateway was killed', 'times'], rows(total(({ killsByPlace }) => killsByPlace))),
    table(['fault injected upstream', 'times'], rows(total(({ injected }) => injected))),
  ].join('\n');
}

function tableOfSeeds(runs: readonly SeedRun[]): string {
  return table(
    ['seed', 'SUCCEEDED', 'other ends', 'kills', 'held', 'seconds'],
    runs.map(({ seed, seconds, result }) => {
      const { SUCCEEDED: succeeded = 0, ...others } = result.endings;
      const kills = Object.values(result.killsByPlace).reduce(add, 0);
      const isHeld = isBroken(result) ? 'NO' : 'yes';
      return [seed, succeeded, Object.values(others).reduce(add, 0), kills, isHeld, seconds].map(String);
    }),
  );
}

const add = (a: number, b: number): number => a + b;

function merge(
  all: Record<string, number>,
  next: Record<string, number>,
  combine: (a: number, b: number) => number,
): Record<string, number> {
  const merged = { ...all };
  for (const [name, count] of Object.entries(next)) merged[name] = combine(merged[name] ?? 0, count);
  return merged;
}

const rows = (counts: Record<string, number>): string[][] =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => [name, String(count)]);

function table(head: string[], body: string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line), ''].join('\n');
}

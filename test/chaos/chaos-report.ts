import type { ChaosOptions } from './chaos-options.ts';
import type { ChaosResult } from './chaos-run.ts';

/** The result as Markdown, which reads as well in a terminal. */
export function reportChaos(options: ChaosOptions, result: ChaosResult): string {
  const { checks, facts, endings, injected, killsByPlace } = result;
  return [
    `Seed ${options.seed}, ${options.swaps} swaps, ${options.kills} kills.`,
    '',
    table(
      ['promise', 'held'],
      checks.map(({ promise, breaches }) => [
        promise,
        breaches.length === 0 ? 'yes' : `NO, ${breaches.length}`,
      ]),
    ),
    ...checks.flatMap(({ promise, breaches }) =>
      breaches.length === 0
        ? []
        : [`${promise}:`, ...breaches.slice(0, 10).map((breach) => `- ${breach}`), ''],
    ),
    table(['what happened', 'times'], rows(facts)),
    table(['how swaps ended', 'swaps'], rows(endings)),
    table(['where the gateway was killed', 'times'], rows(killsByPlace)),
    table(['fault injected upstream', 'times'], rows(injected)),
  ].join('\n');
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

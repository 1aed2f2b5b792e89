import { show } from '../measure/format.ts';
import type { Table, Target } from '../scenario.ts';
import type { StoredResult } from './results.ts';

/** The whole document. @param remarks in Markdown, to explain the figures */
export function renderReport(
  machine: readonly string[],
  results: readonly StoredResult[],
  remarks: string,
): string {
  const targets = results.flatMap((result) => result.targets);
  return `# Performance

Written by \`npm run bench\`; figures from one machine, of which only ratios within one run are meaningful. Medians of the rounds with
minimum and maximum in parentheses; rounds of the compared servers alternate.

${machine.map((line) => `- ${line}`).join('\n')}

${renderTable(targetTable(targets))}
${remarks}
${results.map(renderResult).join('\n')}`;
}

function renderResult({ scenario, finishedAt, seconds, commit, isQuick, tables }: StoredResult): string {
  return `${tables.map(renderTable).join('\n')}
\`npm run bench -- ${isQuick ? '--quick ' : ''}${scenario}\`, ${finishedAt.slice(0, 16).replace('T', ' ')} UTC, ${Math.round(seconds)} s, commit ${commit}.
`;
}

function targetTable(targets: readonly Target[]): Table {
  return {
    title: 'Targets',
    columns: ['what', 'target', 'measured', ''],
    rows: targets.map(({ what, measured, limit, better, unit }) => {
      const sign = better === 'more' ? '≥' : '≤';
      const isMet = better === 'more' ? measured >= limit : measured <= limit;
      const missedBy = `missed by ${Math.abs((measured / limit - 1) * 100).toFixed(0)} %`;
      const outcome = Number.isNaN(measured) ? 'not measured' : isMet ? 'met' : missedBy;
      return [what, `${sign} ${limit} ${unit}`, `${show(measured)} ${unit}`, outcome];
    }),
  };
}

function renderTable({ title, columns, rows, note }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return `## ${title}

${note === undefined ? '' : `${note}\n\n`}${[line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')}
`;
}

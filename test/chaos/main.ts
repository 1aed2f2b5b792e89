/** `npm run chaos -- --seed S --swaps N [--kills K] [--subscribers M] [--report FILE]`. Exits 1 when a promise was broken. */
import { writeFileSync } from 'node:fs';
import { type ChaosOptions, readChaosOptions } from './chaos-options.ts';
import { reportChaos } from './chaos-report.ts';
import { runChaos } from './chaos-run.ts';

let options: ChaosOptions;
try {
  options = readChaosOptions(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
console.log(`chaos with --seed ${options.seed} --swaps ${options.swaps} --kills ${options.kills}`);
const startedAt = Date.now();
const result = await runChaos(options);
const report = reportChaos(options, result);
const seconds = Math.round((Date.now() - startedAt) / 1000);
console.log(`\n${report}\n${seconds} s`);
if (options.report) writeFileSync(options.report, introduction(options, seconds) + report);
const isBroken = result.checks.some(({ breaches }) => breaches.length > 0);
console.log(`chaos: ${isBroken ? 'a promise was broken' : 'every promise held'}, seed ${options.seed}`);
process.exit(isBroken ? 1 : 0);

function introduction({ seed, swaps, kills, subscribers }: ChaosOptions, seconds: number): string {
  return `# Reliability

What the gateway promises, held against a ModelsLab that does everything wrong at once and a gateway process that is
killed by SIGKILL every few seconds. Written by the run itself:

    npm run chaos -- --seed ${seed} --swaps ${swaps} --kills ${kills} --subscribers ${subscribers} --report docs/reliability.md

It took ${seconds} s. The same seed gives the same faults for the same order of requests; the order itself is up to the
machine. What counts as held is decided from three sides: what clients were answered, what subscribers saw, and the
sandbox's own log of the submissions that it accepted, each of which would have been paid.

`;
}

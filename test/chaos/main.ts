/**
 * `npm run chaos -- --seed S --swaps N [--seeds R] [--kills K] [--subscribers M] [--engine redis --instances I]
 * [--archive off|disk|s3] [--report FILE]`. Exits with 1 if a promise was broken.
 */
import { type ChaosOptions, readChaosOptions } from './chaos-options.ts';
import { isBroken, reportChaos, type SeedRun } from './chaos-report.ts';
import { runChaos } from './chaos-run.ts';
import { writeReport } from './report-file.ts';

let options: ChaosOptions;
try {
  options = readChaosOptions(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const { seed: first, seeds, swaps, kills, backend, instances } = options;
const startedAt = Date.now();
const secondsSince = (start: number): number => Math.round((Date.now() - start) / 1000);
const runs: SeedRun[] = [];
for (let seed = first; seed < first + seeds; seed++) {
  const since = Date.now();
  console.log(
    `chaos with --engine ${backend} --instances ${instances} --archive ${options.archive} --seed ${seed} --swaps ${swaps} --kills ${kills}`,
  );
  const result = await runChaos({ ...options, seed });
  runs.push({ seed, seconds: secondsSince(since), result });
}
const report = reportChaos(options, runs);
const seconds = secondsSince(startedAt);
console.log(`\n${report}\n${seconds} s`);
for (const clue of runs.flatMap(({ result }) => result.clues)) console.log(clue);
if (options.report) writeReport(options.report, options, seconds, report);
// Repeated here because CI shows only the end of a long output.
for (const { seed, result } of runs)
  for (const { promise, breaches } of result.checks)
    for (const breach of breaches.slice(0, 3)) console.log(`seed ${seed}: ${promise}: ${breach}`);
const broken = runs.filter(({ result }) => isBroken(result)).map(({ seed }) => seed);
console.log(
  broken.length > 0
    ? `chaos: a promise was broken, seed ${broken.join(', ')}`
    : `chaos: every promise held, seed ${runs.map(({ seed }) => seed).join(', ')}`,
);
process.exit(broken.length > 0 ? 1 : 0);

/**
 * `npm run fuzz [-- --cases N] [--seed S] [--only CASE]`: sends generated input to every entry point of a gateway in a
 * separate process. Exits with 1 if the process exited, responded with 500 or leaked memory, or if a bystander's swap
 * failed. The same seed gives the same cases; by default it is random.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runFuzz } from './fuzz-run.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '3000' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const cases = Number(values.cases);
const only = values.only === undefined ? undefined : Number(values.only);
if (![seed, cases, only ?? 0].every(Number.isSafeInteger))
  throw new Error('--cases, --seed and --only take whole numbers');

console.log(`fuzz: ${cases} cases, seed ${seed}`);
const began = performance.now();
const { problems, bystanderSwaps, memory } = await runFuzz({
  seed,
  cases,
  only,
  report: (line) => console.log(`fuzz: ${line}`),
});
for (const problem of problems) console.log(`FAIL | ${problem}`);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(
  `fuzz: ${problems.length === 0 ? 'held' : 'FAILED'} after ${seconds} s; ${bystanderSwaps} swaps of a bystander; memory in use ${memory.before} MiB after the warm-up, ${memory.after} MiB at the end; again: npm run fuzz -- --cases ${cases} --seed ${seed}`,
);
process.exit(problems.length === 0 ? 0 : 1);

/**
 * `npm run soak -- --minutes N [--engine embedded|redis] [--instances I] [--rate R] [--report FILE]`: R swaps per second (default 20),
 * with subscribers coming and going, against gateways in processes of their own. Prints what they use each minute. Exits with 1 if a
 * swap did not succeed, a subscriber missed the end, or what a gateway uses grew in the second half.
 */
import { parseArgs } from 'node:util';
import { writeSoakReport } from './report-file.ts';
import { runSoak } from './soak-run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    engine: { type: 'string', default: 'embedded' },
    instances: { type: 'string' },
    rate: { type: 'string', default: '20' },
    report: { type: 'string' },
  },
});
const { engine, report } = values;
const minutes = Number(values.minutes);
const rate = Number(values.rate);
const instances = Number(values.instances ?? (engine === 'redis' ? 2 : 1));
if (engine !== 'embedded' && engine !== 'redis') throw new Error('--engine must be embedded or redis');
if (!Number.isInteger(minutes) || minutes < 2) throw new Error('--minutes must be a whole number from 2');
if (!(rate > 0)) throw new Error('--rate must be a number above 0');
if (!Number.isInteger(instances) || instances < 1 || (engine === 'embedded' && instances > 1))
  throw new Error('--instances must be 1 with --engine embedded, and 1 or more with redis');

const options = { minutes, rate, engine, instances } as const;
const result = await runSoak(options, (line) => console.log(line));
const text = result.lines.join('\n');
console.log(`\n${text}\n`);
if (report) writeSoakReport(report, options, text);
for (const problem of result.problems) console.log(`FAIL | ${problem}`);
console.log(`soak: ${result.problems.length === 0 ? 'held' : 'FAILED'}`);
process.exit(result.problems.length === 0 ? 0 : 1);

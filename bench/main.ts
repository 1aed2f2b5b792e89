/**
 * `npm run bench -- [--quick] [scenario]…`: runs the benchmarks and writes docs/performance.md (with `--quick`, prints
 * to the terminal only).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBench } from './bench.ts';
import { type Options, readOptions, type ScenarioName } from './options.ts';
import { benchRoot } from './process/child.ts';
import { projectRoot } from './process/gateway.ts';
import { pinThisProcess } from './process/pin.ts';
import { describeCommit, describeMachine } from './report/machine.ts';
import { renderReport } from './report/render.ts';
import { loadResults, storeResult } from './report/results.ts';
import type { Scenario } from './scenario.ts';
import { archive } from './scenarios/archive.ts';
import { expiry } from './scenarios/expiry.ts';
import { growth } from './scenarios/growth.ts';
import { mutations } from './scenarios/mutations.ts';
import { neighbors } from './scenarios/neighbors.ts';
import { profiles } from './scenarios/profiles.ts';
import { pushes } from './scenarios/pushes.ts';
import { reads } from './scenarios/reads.ts';
import { slots } from './scenarios/slots.ts';
import { start } from './scenarios/start.ts';
import { studio } from './scenarios/studio.ts';
import { tracing } from './scenarios/tracing.ts';

const scenarios: Record<ScenarioName, Scenario> = {
  reads,
  pushes,
  mutations,
  start,
  growth,
  expiry,
  slots,
  neighbors,
  archive,
  profiles,
  studio,
  tracing,
};

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const { isQuick } = options;
pinThisProcess();
const { bench, close } = createBench(isQuick);
let stopping: Promise<void> | undefined;
const stop = (): void => {
  stopping ??= close().finally(() => process.exit(1));
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
// A client received something wrong, probably like the next ones; stop everything that is running.
process.on('uncaughtException', (error) => {
  if (!stopping) console.error(error);
  stop();
});

try {
  for (const scenario of options.scenarios) {
    const startedAt = performance.now();
    const result = await scenarios[scenario](bench);
    const seconds = (performance.now() - startedAt) / 1000;
    const finishedAt = new Date().toISOString();
    storeResult({ ...result, scenario, isQuick, finishedAt, seconds, commit: describeCommit() });
  }
} finally {
  await close();
}
const remarks = readFileSync(join(benchRoot, 'report/remarks.md'), 'utf8');
const report = renderReport(describeMachine(), loadResults(isQuick), remarks);
if (isQuick) console.log(`\n${report}`);
else writeFileSync(join(projectRoot, 'docs/performance.md'), report);

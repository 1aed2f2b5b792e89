/**
 * `npm run measure:redis`: measures the capacity of one instance on Redis, and the extra time from a webhook to a
 * subscriber at another instance. Writes the figures and the capacity plan derived from them to docs/operations/sizing.md.
 * Takes about two minutes; needs Linux, redis-server and wrk. `-- --print` only prints. Exits with 1 if the latency
 * misses its target.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { startBenchDeployment } from './measure/bench-deployment.ts';
import { measureLiveSockets } from './measure/live-sockets.ts';
import { measureRedisCost } from './measure/redis-cost.ts';
import {
  type Figures,
  p99DifferenceMs,
  replaceSection,
  reportFigures,
  reportPlan,
  targetMs,
} from './measure/report.ts';
import { measureRequestRate } from './measure/request-rate.ts';
import { measureWebhookLatency } from './measure/webhook-latency.ts';

const samples = 800;
const swaps = 400;
const sockets = 5000;
const wrkSeconds = 10;

const machine = describeMachine();
const startedAt = performance.now();
const say = (what: string, figures: object): void =>
  console.log(
    `${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${what}: ${JSON.stringify(figures)}`,
  );

const busy = await startBenchDeployment(1000);
let measured: Pick<Figures, 'latency' | 'cost' | 'requests'>;
try {
  const latency = await measureWebhookLatency(busy, samples);
  say('webhook to subscriber', latency);
  const cost = await measureRedisCost(busy, swaps);
  say('Redis', cost);
  const requests = await measureRequestRate(busy, wrkSeconds);
  say('requests', requests);
  measured = { latency, cost, requests };
} finally {
  await busy.stop();
}
// One slot at ModelsLab, so that all other swaps wait.
const waiting = await startBenchDeployment(1);
try {
  const live = await measureLiveSockets(waiting, sockets);
  say('sockets', live);
  const figures: Figures = { machine, command: 'npm run measure:redis', ...measured, live };
  if (process.argv.includes('--print')) {
    console.log(reportFigures(figures) + reportPlan(figures));
  } else {
    const path = join(import.meta.dirname, '../docs/operations/sizing.md');
    const document = replaceSection(readFileSync(path, 'utf8'), 'figures', reportFigures(figures));
    writeFileSync(path, replaceSection(document, 'plan', reportPlan(figures)));
  }
  const differenceMs = p99DifferenceMs(figures);
  if (differenceMs > targetMs) {
    console.error(
      `p99 at another instance is ${differenceMs.toFixed(1)} ms over that at the same, not ${targetMs}`,
    );
    process.exitCode = 1;
  }
} finally {
  await waiting.stop();
}

function describeMachine(): string {
  const [{ model } = { model: 'unknown' }] = cpus();
  const redis = execFileSync('redis-server', ['--version'], { encoding: 'utf8' });
  const [, version = '?'] = /v=(\S+)/.exec(redis) ?? [];
  const load = loadavg()[0] ?? 0;
  const others =
    load > 1 ? `, **while other work kept the machine busy** (load ${load.toFixed(1)} before it began)` : '';
  return `${cpus().length} cores of ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, Redis ${version}${others}`;
}

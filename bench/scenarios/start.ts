import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../testing/free-port.ts';
import { show, showRounds } from '../measure/format.ts';
import { summarize } from '../measure/statistics.ts';
import { startNode, stopChild } from '../process/child.ts';
import { gatewayEnv, projectRoot } from '../process/gateway.ts';
import { residentMb } from '../process/resident.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';

const idleMs = 5000;
const pollMs = 2;

/** From the start of the process to readiness, and its memory when idle. */
export async function start(bench: Bench): Promise<ScenarioResult> {
  const upstream = await startUpstream(bench);
  const readyMs: number[] = [];
  const idleMb: number[] = [];
  // The first round reads the program from disk.
  for (let round = 0; round <= bench.pick(10, 1); round += 1) {
    const folder = bench.folder('gateway');
    const port = await freePort();
    const began = performance.now();
    const child = startNode('dist/src/main.js', {
      core: undefined,
      env: { ...gatewayEnv({ core: undefined, folder, upstreamUrl: upstream.url }), PORT: String(port) },
      logPath: join(folder, 'log'),
      cwd: projectRoot,
    });
    bench.own({ stop: () => stopChild(child) });
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
      await sleep(pollMs);
    }
    const ms = performance.now() - began;
    if (round > 0) {
      await sleep(idleMs);
      readyMs.push(ms);
      idleMb.push(residentMb(child.pid ?? 0));
      bench.log(`start: ready after ${show(ms)} ms, ${show(idleMb.at(-1) ?? 0)} MB`);
    }
    await stopChild(child);
  }
  return {
    tables: [
      {
        title: 'Start',
        note: `\`node dist/src/main.js\` with an empty data directory, embedded store and a ModelsLab key, on all cores: from the start of the process until \`/readyz\` responds with 200; resident memory after ${idleMs / 1000} s of idling. ${readyMs.length} starts.`,
        columns: ['', ''],
        rows: [
          ['start to ready, ms', showRounds(readyMs)],
          ['resident, MB', showRounds(idleMb)],
        ],
      },
    ],
    targets: [
      {
        what: 'start to ready, embedded, live mode',
        measured: summarize(readyMs).median,
        limit: 700,
        better: 'less',
        unit: 'ms',
      },
      {
        what: 'resident memory, idle',
        measured: summarize(idleMb).median,
        limit: 120,
        better: 'less',
        unit: 'MB',
      },
    ],
  };
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

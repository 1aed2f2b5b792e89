/**
 * `npm run topology`: runs the deployment of compose.yaml as local processes, with nginx's real configuration, and a
 * swap whose webhook arrives at another instance than its subscriber's. `npm run topology -- --rolling`: restarts three
 * instances in turn under load. Needs nginx and redis-server. Exits with 1 if a promise is broken.
 */

import { swapAcrossInstances } from './topology/across-instances.ts';
import { restartInTurn } from './topology/rolling-restart.ts';
import { startTopology, type Topology } from './topology/topology.ts';

const isRolling = process.argv.includes('--rolling');
const startedAt = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${line}`);

let topology: Topology | undefined;
try {
  topology = await startTopology({
    gateways: isRolling ? 3 : 2,
    faults: { generationMs: isRolling ? [50, 150] : [400, 600] },
  });
  for (const { name, host } of topology.instances) say(`${name} at ${host}`);
  say(`nginx before them at ${topology.url}, Redis at ${topology.redisUrl}`);
  if (isRolling) {
    const { breaches, ...counts } = await restartInTurn(topology, say);
    say(JSON.stringify(counts));
    if (breaches.length > 0) throw new Error(breaches.join('\n'));
    say('nothing was lost or paid twice, and every subscriber saw the result');
  } else {
    await swapAcrossInstances(topology, say);
    say('a webhook at one instance completed a subscription at another');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await topology?.stop();
}

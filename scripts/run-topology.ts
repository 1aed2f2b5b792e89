/**
 * `npm run topology`: what compose.yaml describes, as processes of this machine, with nginx's real configuration: a swap
 * whose webhook comes to another instance than its subscriber's. `npm run topology -- --rolling`: three instances restarted
 * in turn under load. Needs nginx and redis-server. Exits 1 when something does not hold.
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
    say('nothing was lost, nothing paid twice, everyone was told');
  } else {
    await swapAcrossInstances(topology, say);
    say('a webhook at one instance ended a subscription at another');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await topology?.stop();
}

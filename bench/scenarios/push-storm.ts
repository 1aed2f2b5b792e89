import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fleet } from '../clients/fleet.ts';
import type { Sample } from '../clients/http-prober.ts';
import { percentile } from '../measure/statistics.ts';
import { startNode, stopChild, waitFor } from '../process/child.ts';
import type { Bench } from '../scenario.ts';

export interface Storm {
  /** From the loss of all connections until every subscription has received its first push again. */
  allLiveMs: number;
  /** Of HTTP reads that started in that time. */
  httpP99Ms: number;
  /** Reads that were rejected in that time. */
  refused: number;
  retries: number;
}

/** All clients lose their connections at once and reconnect. @param probeBody a read that is sent throughout */
export async function measureStorm(
  bench: Bench,
  fleet: Fleet,
  topics: readonly string[],
  prober: { url: string; body: string },
): Promise<Storm> {
  const logPath = join(bench.folder('prober'), 'log');
  const args = [prober.url, prober.body];
  const child = startNode('clients/http-prober.ts', { core: 'load', env: {}, args, logPath, ipc: true });
  bench.own({ stop: () => stopChild(child) });
  await waitFor(child, logPath, () => readFileSync(logPath, 'utf8').includes('ready') || undefined);
  const retriesBefore = fleet.retries();
  const droppedAt = process.hrtime.bigint();
  fleet.drop();
  await fleet.open(topics, topics.length);
  const liveAt = process.hrtime.bigint();
  child.send('samples');
  const [samples] = (await once(child, 'message')) as [Sample[]];
  await stopChild(child);
  const meanwhile = samples.filter(({ beganAtNs }) => BigInt(beganAtNs) >= droppedAt);
  return {
    allLiveMs: Number(liveAt - droppedAt) / 1e6,
    httpP99Ms: percentile(
      meanwhile.map(({ ms }) => ms),
      0.99,
    ),
    refused: meanwhile.filter(({ isGood }) => !isGood).length,
    retries: fleet.retries() - retriesBefore,
  };
}

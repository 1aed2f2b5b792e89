import type { Fleet } from '../clients/fleet.ts';
import { startHttpProber } from '../clients/start-http-prober.ts';
import { percentile } from '../measure/statistics.ts';
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
  const { stop } = await startHttpProber(bench, prober.url, prober.body);
  const retriesBefore = fleet.retries();
  const droppedAt = process.hrtime.bigint();
  fleet.drop();
  await fleet.open(topics, topics.length);
  const liveAt = process.hrtime.bigint();
  const meanwhile = (await stop()).filter(({ beganAtNs }) => BigInt(beganAtNs) >= droppedAt);
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

import { createFleet, type Fleet } from '../clients/fleet.ts';
import { probe } from '../instruments/probe-client.ts';
import type { PushTarget } from './push-targets.ts';

export interface MemoryOfSubscriptions {
  /** Kilobytes (1,024 bytes) per subscription. */
  residentKb: number;
  heapKb: number;
}

const warmUps = 200;

/** Opens subscriptions, one per socket, and measures the memory that the server needs for them. They stay open. */
export async function measureMemory(
  { server, topics }: PushTarget,
  count: number,
): Promise<MemoryOfSubscriptions & { fleet: Fleet }> {
  const first = createFleet(server.url);
  await first.open(topics.slice(0, warmUps));
  first.drop();
  const before = await probe(server, 'memory');
  const fleet = createFleet(server.url);
  await fleet.open(topics.slice(0, count));
  const after = await probe(server, 'memory');
  const kilobytes = (bytes: number): number => bytes / count / 1024;
  return {
    residentKb: kilobytes(after.rss - before.rss),
    heapKb: kilobytes(after.heapUsed - before.heapUsed),
    fleet,
  };
}

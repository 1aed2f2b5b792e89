import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from '../clients/fleet.ts';
import { probe } from '../instruments/probe-client.ts';
import { isEnd, type PushTarget } from './push-targets.ts';

export interface FanOut {
  /** The server's CPU time, from publication until it is idle, milliseconds. */
  serverMs: number;
  /** From publication until the last subscriber has received it. */
  lastToldMs: number;
  /** From publication until the server is idle, nanoseconds of the system's monotonic clock. */
  window: { from: bigint; to: bigint };
}

const settleMs = 60;

/** Publishes one event to all subscribers of a fleet, which uses up a topic. */
export async function measureFanOut(target: PushTarget, fleet: Fleet, subscribers: number): Promise<FanOut> {
  const topic = takeTopic(target);
  await fleet.subscribe(Array.from({ length: subscribers }, () => topic));
  await sleep(settleMs);
  await probe(target.server, 'publications');
  const received = fleet.pushes(subscribers, isEnd);
  await target.end(topic);
  const pushes = await received;
  await sleep(settleMs);
  const cpuUs = await probe(target.server, 'cpuUs');
  const to = process.hrtime.bigint();
  const publication = (await probe(target.server, 'publications')).find(({ id }) => id === topic);
  if (!publication) throw new Error(`${target.name}: the publication was not seen`);
  if (new Set(pushes.map(({ subscriber }) => subscriber)).size !== subscribers)
    throw new Error(`${target.name}: a subscriber received it twice`);
  const from = BigInt(publication.atNs);
  const lastNs = pushes.map(({ atNs }) => atNs).reduce((last, atNs) => (atNs > last ? atNs : last));
  return {
    serverMs: (cpuUs - publication.cpuUs) / 1000,
    lastToldMs: Number(lastNs - from) / 1e6,
    window: { from, to },
  };
}

/** A topic that was not used yet. */
export function takeTopic({ name, topics }: PushTarget): string {
  const topic = topics.pop();
  if (topic === undefined) throw new Error(`${name}: there are no topics left`);
  return topic;
}

import type { Fleet } from '../clients/fleet.ts';
import { probe } from '../instruments/probe-client.ts';
import { isEnd, type PushTarget } from './push-targets.ts';

/** Milliseconds until the only subscriber of a topic has received its end. */
export interface PushLatency {
  /** From sending the webhook, or the corresponding call. */
  fromPost: number;
  fromPublication: number;
}

/** Ends the topic of one subscriber. */
export async function measureLatency(target: PushTarget, fleet: Fleet, topic: string): Promise<PushLatency> {
  const received = fleet.pushes(1, (push) => push.topic === topic && isEnd(push));
  const postedAt = process.hrtime.bigint();
  await target.end(topic);
  const [push] = await received;
  const publication = (await probe(target.server, 'publications')).find(({ id }) => id === topic);
  if (!push || !publication) throw new Error(`${target.name}: the publication was not seen`);
  const msSince = (ns: bigint): number => Number(push.atNs - ns) / 1e6;
  return { fromPost: msSince(postedAt), fromPublication: msSince(BigInt(publication.atNs)) };
}

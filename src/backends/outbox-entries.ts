import type { DeliveryKey } from '../swap/webhook-outbox.js';

/**
 * Name of an outbox entry: for a finished swap, its id alone, as in earlier versions; otherwise the id, a space (which no id
 * contains) and the event type.
 */
export function entryName({ swapId, type }: DeliveryKey): string {
  return type === undefined ? swapId : `${swapId} ${type}`;
}

export function readEntryName(name: string): DeliveryKey {
  const space = name.indexOf(' ');
  return space < 0 ? { swapId: name } : { swapId: name.slice(0, space), type: name.slice(space + 1) };
}

/** Takes up to `limit` items in all, round-robin over the queues. */
export function takeRoundRobin<T>(queues: readonly (readonly T[])[], limit: number): T[] {
  const taken: T[] = [];
  for (let round = 0; taken.length < limit; round += 1) {
    const inRound = queues.flatMap((queue) => queue.slice(round, round + 1));
    if (inRound.length === 0) break;
    taken.push(...inRound.slice(0, limit - taken.length));
  }
  return taken;
}

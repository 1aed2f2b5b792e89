import type { DeliveryKey } from '../swap/ports.js';

/**
 * Name of an outbox entry: for the end of a swap, its id alone, as in earlier versions; otherwise the id, a space (which no id
 * contains) and the event type.
 */
export function entryName({ swapId, type }: DeliveryKey): string {
  return type === undefined ? swapId : `${swapId} ${type}`;
}

export function readEntryName(name: string): DeliveryKey {
  const space = name.indexOf(' ');
  return space < 0 ? { swapId: name } : { swapId: name.slice(0, space), type: name.slice(space + 1) };
}

/** Round-robin over the lines, up to `limit` in all. */
export function takeRoundRobin<T>(lines: readonly (readonly T[])[], limit: number): T[] {
  const taken: T[] = [];
  for (let round = 0; taken.length < limit; round += 1) {
    const inRound = lines.flatMap((line) => line.slice(round, round + 1));
    if (inRound.length === 0) break;
    taken.push(...inRound.slice(0, limit - taken.length));
  }
  return taken;
}

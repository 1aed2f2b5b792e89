import type { CallbackKey } from '../swap/ports.js';

/**
 * Name of an outbox entry: the swap's id alone for its end, as earlier versions wrote it, else with the type of the event
 * after a space, which no id has.
 */
export function entryName({ swapId, type }: CallbackKey): string {
  return type === undefined ? swapId : `${swapId} ${type}`;
}

export function readEntryName(name: string): CallbackKey {
  const space = name.indexOf(' ');
  return space < 0 ? { swapId: name } : { swapId: name.slice(0, space), type: name.slice(space + 1) };
}

/** One of each line, then the next of each, `limit` in all. */
export function takeInTurn<T>(lines: readonly (readonly T[])[], limit: number): T[] {
  const taken: T[] = [];
  for (let round = 0; taken.length < limit; round += 1) {
    const inRound = lines.flatMap((line) => line.slice(round, round + 1));
    if (inRound.length === 0) break;
    taken.push(...inRound.slice(0, limit - taken.length));
  }
  return taken;
}

import type { QueueEntry } from '../../swap/ports.js';

/**
 * Who waits, in which order: first those that were handed back, by age; then the clients in turn, one swap each, first-in
 * first-out within a client. So a client with a thousand swaps makes another one wait for one of them, not for all.
 */
export interface RoundRobinQueue {
  readonly size: number;
  sizeOf(client: string): number;
  /** Puts an entry at the end of its client's line. */
  push(entry: QueueEntry): void;
  /** Puts an entry before everything that was not put there too. */
  pushFirst(entry: QueueEntry): void;
  /** Takes out the next one. */
  shift(): QueueEntry | undefined;
  remove(id: string): QueueEntry | undefined;
  /** 1 for the next; undefined if it does not wait. */
  position(id: string): number | undefined;
  /** Takes out everything whose time is up. */
  removeExpired(now: number): QueueEntry[];
  /** When the next entry's time is up, milliseconds since the epoch. Looks at all of them. */
  nextExpiry(): number | undefined;
}

/** An entry where it waits; numbers grow along a line, so that its place in there is found by halves. */
interface Place {
  entry: QueueEntry;
  number: number;
}

export function createRoundRobinQueue(): RoundRobinQueue {
  const places = new Map<string, Place>();
  const first: Place[] = [];
  /** In the order in which the clients have their turn. */
  const lines = new Map<string, Place[]>();
  const sizes = new Map<string, number>();
  let lastNumber = 0;

  const count = (client: string, change: 1 | -1): void => {
    const size = (sizes.get(client) ?? 0) + change;
    if (size === 0) sizes.delete(client);
    else sizes.set(client, size);
  };

  const forget = ({ entry }: Place): QueueEntry => {
    places.delete(entry.id);
    count(entry.client, -1);
    return entry;
  };

  const remember = (entry: QueueEntry): Place => {
    const place = { entry, number: ++lastNumber };
    places.set(entry.id, place);
    count(entry.client, 1);
    return place;
  };

  const remove = (id: string): QueueEntry | undefined => {
    const place = places.get(id);
    if (!place) return undefined;
    const { client } = place.entry;
    const returnedIndex = first.indexOf(place);
    if (returnedIndex !== -1) {
      first.splice(returnedIndex, 1);
      return forget(place);
    }
    const line = lines.get(client) ?? [];
    line.splice(indexIn(line, place), 1);
    if (line.length === 0) lines.delete(client);
    return forget(place);
  };

  return {
    get size() {
      return places.size;
    },
    sizeOf: (client) => sizes.get(client) ?? 0,
    push(entry) {
      const place = remember(entry);
      const line = lines.get(entry.client);
      if (line) line.push(place);
      else lines.set(entry.client, [place]);
    },
    pushFirst(entry) {
      const place = remember(entry);
      const younger = first.findIndex((other) => other.entry.expiresAt > entry.expiresAt);
      first.splice(younger === -1 ? first.length : younger, 0, place);
    },
    shift() {
      const returned = first.shift();
      if (returned) return forget(returned);
      for (const [client, line] of lines) {
        const place = line.shift();
        lines.delete(client);
        if (line.length > 0) lines.set(client, line);
        return place && forget(place);
      }
      return undefined;
    },
    remove,
    position(id) {
      const place = places.get(id);
      if (!place) return undefined;
      const returnedIndex = first.indexOf(place);
      if (returnedIndex !== -1) return returnedIndex + 1;
      const own = lines.get(place.entry.client) ?? [];
      const round = indexIn(own, place);
      let ahead = first.length;
      let isBeforeInTurn = true;
      for (const line of lines.values()) {
        if (line === own) isBeforeInTurn = false;
        ahead += Math.min(line.length, isBeforeInTurn ? round + 1 : round);
      }
      return ahead + 1;
    },
    removeExpired(now) {
      const expired = [...places.values()]
        .map(({ entry }) => entry)
        .filter(({ expiresAt }) => expiresAt <= now);
      for (const { id } of expired) remove(id);
      return expired;
    },
    nextExpiry() {
      let next: number | undefined;
      for (const { entry } of places.values())
        if (next === undefined || entry.expiresAt < next) next = entry.expiresAt;
      return next;
    },
  };
}

/** @param line that has the place */
function indexIn(line: readonly Place[], { number }: Place): number {
  let from = 0;
  let to = line.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((line[middle]?.number ?? 0) < number) from = middle + 1;
    else to = middle;
  }
  return from;
}

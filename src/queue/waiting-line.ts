import type { QueueEntry } from '../swap/ports.js';

/**
 * Who waits, in which order: first those that were handed back, by age; then the clients in turn, one swap each, first-in
 * first-out within a client. So a client with a thousand swaps makes another one wait for one of them, not for all.
 */
export interface WaitingLine {
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
  /** When the next entry's time is up, milliseconds since the epoch. */
  nextExpiry(): number | undefined;
}

export function createWaitingLine(): WaitingLine {
  const entries = new Map<string, QueueEntry>();
  const first: QueueEntry[] = [];
  /** In the order in which the clients have their turn. */
  const lines = new Map<string, QueueEntry[]>();
  const sizes = new Map<string, number>();

  const count = (client: string, change: 1 | -1): void => {
    const size = (sizes.get(client) ?? 0) + change;
    if (size === 0) sizes.delete(client);
    else sizes.set(client, size);
  };

  const forget = (entry: QueueEntry): QueueEntry => {
    entries.delete(entry.id);
    count(entry.client, -1);
    return entry;
  };

  const remember = (entry: QueueEntry): void => {
    entries.set(entry.id, entry);
    count(entry.client, 1);
  };

  const remove = (id: string): QueueEntry | undefined => {
    const entry = entries.get(id);
    if (!entry) return undefined;
    const line = first.includes(entry) ? first : (lines.get(entry.client) ?? []);
    line.splice(line.indexOf(entry), 1);
    if (line.length === 0) lines.delete(entry.client);
    return forget(entry);
  };

  return {
    get size() {
      return entries.size;
    },
    sizeOf: (client) => sizes.get(client) ?? 0,
    push(entry) {
      remember(entry);
      const line = lines.get(entry.client);
      if (line) line.push(entry);
      else lines.set(entry.client, [entry]);
    },
    pushFirst(entry) {
      remember(entry);
      const younger = first.findIndex(({ expiresAt }) => expiresAt > entry.expiresAt);
      first.splice(younger === -1 ? first.length : younger, 0, entry);
    },
    shift() {
      const returned = first.shift();
      if (returned) return forget(returned);
      for (const [client, line] of lines) {
        const entry = line.shift();
        lines.delete(client);
        if (line.length > 0) lines.set(client, line);
        return entry && forget(entry);
      }
      return undefined;
    },
    remove,
    position(id) {
      const entry = entries.get(id);
      if (!entry) return undefined;
      const returnedIndex = first.indexOf(entry);
      if (returnedIndex !== -1) return returnedIndex + 1;
      const round = lines.get(entry.client)?.indexOf(entry) ?? 0;
      let ahead = first.length;
      let isBeforeInTurn = true;
      for (const [client, line] of lines) {
        if (client === entry.client) isBeforeInTurn = false;
        ahead += Math.min(line.length, isBeforeInTurn ? round + 1 : round);
      }
      return ahead + 1;
    },
    removeExpired(now) {
      const expired = [...entries.values()].filter(({ expiresAt }) => expiresAt <= now);
      for (const { id } of expired) remove(id);
      return expired;
    },
    nextExpiry() {
      let next: number | undefined;
      for (const { expiresAt } of entries.values())
        if (next === undefined || expiresAt < next) next = expiresAt;
      return next;
    },
  };
}

import type { QueueEntry } from '../../swap/ports.js';
import { accountsOf } from '../../swap/principal.js';

/**
 * The order of waiting swaps: requeued ones first, by age; then round-robin over clients, first-in first-out within a client. A
 * client with a thousand waiting swaps delays another client by one of them, not by all.
 */
export interface RoundRobinQueue {
  readonly size: number;
  /** How many entries count on a client: its own, and those of client tokens that it created. */
  sizeOf(client: string): number;
  /** Appends an entry to its client's own queue. */
  push(entry: QueueEntry): void;
  /** Puts an entry ahead of all that were added with `push`. */
  pushFirst(entry: QueueEntry): void;
  /** Removes and returns the next entry. */
  shift(): QueueEntry | undefined;
  remove(id: string): QueueEntry | undefined;
  /** 1 for the next entry; undefined if it is not waiting. */
  position(id: string): number | undefined;
  /** Removes and returns all expired entries. */
  removeExpired(now: number): QueueEntry[];
  /** When the next entry expires, milliseconds since the epoch. O(n). */
  nextExpiry(): number | undefined;
}

/** A waiting entry. Numbers increase within a client's queue, so that binary search finds its index. */
interface Waiting {
  entry: QueueEntry;
  number: number;
}

export function createRoundRobinQueue(): RoundRobinQueue {
  const entries = new Map<string, Waiting>();
  const first: Waiting[] = [];
  /** In the order of the clients' turns. */
  const queues = new Map<string, Waiting[]>();
  const sizes = new Map<string, number>();
  let lastNumber = 0;

  const count = (client: string, change: 1 | -1): void => {
    for (const account of accountsOf(client)) {
      const size = (sizes.get(account) ?? 0) + change;
      if (size === 0) sizes.delete(account);
      else sizes.set(account, size);
    }
  };

  const untrack = ({ entry }: Waiting): QueueEntry => {
    entries.delete(entry.id);
    count(entry.client, -1);
    return entry;
  };

  const track = (entry: QueueEntry): Waiting => {
    const waiting = { entry, number: ++lastNumber };
    entries.set(entry.id, waiting);
    count(entry.client, 1);
    return waiting;
  };

  const remove = (id: string): QueueEntry | undefined => {
    const waiting = entries.get(id);
    if (!waiting) return undefined;
    const { client } = waiting.entry;
    const requeuedIndex = first.indexOf(waiting);
    if (requeuedIndex !== -1) {
      first.splice(requeuedIndex, 1);
      return untrack(waiting);
    }
    const queue = queues.get(client) ?? [];
    queue.splice(indexIn(queue, waiting), 1);
    if (queue.length === 0) queues.delete(client);
    return untrack(waiting);
  };

  return {
    get size() {
      return entries.size;
    },
    sizeOf: (client) => sizes.get(client) ?? 0,
    push(entry) {
      const waiting = track(entry);
      const queue = queues.get(entry.client);
      if (queue) queue.push(waiting);
      else queues.set(entry.client, [waiting]);
    },
    pushFirst(entry) {
      const waiting = track(entry);
      const later = first.findIndex((other) => other.entry.expiresAt > entry.expiresAt);
      first.splice(later === -1 ? first.length : later, 0, waiting);
    },
    shift() {
      const requeued = first.shift();
      if (requeued) return untrack(requeued);
      for (const [client, queue] of queues) {
        const waiting = queue.shift();
        queues.delete(client);
        if (queue.length > 0) queues.set(client, queue);
        return waiting && untrack(waiting);
      }
      return undefined;
    },
    remove,
    position(id) {
      const waiting = entries.get(id);
      if (!waiting) return undefined;
      const requeuedIndex = first.indexOf(waiting);
      if (requeuedIndex !== -1) return requeuedIndex + 1;
      const own = queues.get(waiting.entry.client) ?? [];
      const round = indexIn(own, waiting);
      let ahead = first.length;
      let isBeforeInTurn = true;
      for (const queue of queues.values()) {
        if (queue === own) isBeforeInTurn = false;
        ahead += Math.min(queue.length, isBeforeInTurn ? round + 1 : round);
      }
      return ahead + 1;
    },
    removeExpired(now) {
      const expired = [...entries.values()]
        .map(({ entry }) => entry)
        .filter(({ expiresAt }) => expiresAt <= now);
      for (const { id } of expired) remove(id);
      return expired;
    },
    nextExpiry() {
      let next: number | undefined;
      for (const { entry } of entries.values())
        if (next === undefined || entry.expiresAt < next) next = entry.expiresAt;
      return next;
    },
  };
}

/** @param queue that contains the entry */
function indexIn(queue: readonly Waiting[], { number }: Waiting): number {
  let from = 0;
  let to = queue.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((queue[middle]?.number ?? 0) < number) from = middle + 1;
    else to = middle;
  }
  return from;
}

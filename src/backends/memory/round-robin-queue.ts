import type { QueueEntry } from '../../swap/ports.js';
import { accountOf } from '../../swap/principal.js';
import { takeRoundRobin } from '../outbox-entries.js';

/**
 * The order of waiting swaps: requeued ones first, by age; then round-robin over clients, first-in first-out within a client. A
 * client with a thousand waiting swaps delays another client by one of them, not by all. A client and the client tokens that it
 * created take turns in a single line, so tokens do not get it more turns.
 */
export interface RoundRobinQueue {
  readonly size: number;
  /** How many entries a client and its client tokens have. */
  sizeOf(account: string): number;
  /** Adds an entry to its client's line. */
  push(entry: QueueEntry): void;
  /** Puts an entry ahead of all that were added with `push`. */
  pushFirst(entry: QueueEntry): void;
  /** Removes and returns the next entry. */
  shift(): QueueEntry | undefined;
  /** Removes and returns the first entry that never expires. */
  shiftUnexpiring(): QueueEntry | undefined;
  remove(id: string): QueueEntry | undefined;
  /** The next entries, in order. */
  next(limit: number): QueueEntry[];
  /** 1 for the next entry; undefined if it is not waiting. */
  position(id: string): number | undefined;
  /** Removes and returns all expired entries. */
  removeExpired(now: number): QueueEntry[];
  /** When the next entry expires, milliseconds since the epoch. O(n). */
  nextExpiry(): number | undefined;
}

/** A waiting entry. A line is sorted by round, then by number. */
interface Waiting {
  entry: QueueEntry;
  round: number;
  number: number;
}

/** The waiting entries of a client and its client tokens. */
interface Line {
  waiting: Waiting[];
  /** The round of each client's last entry. Each has one entry per round, and joins the round of the line's first entry. */
  lastRounds: Map<string, number>;
}

export function createRoundRobinQueue(): RoundRobinQueue {
  const entries = new Map<string, Waiting>();
  const first: Waiting[] = [];
  /** In the order of their turns. */
  const lines = new Map<string, Line>();
  const sizes = new Map<string, number>();
  let lastNumber = 0;

  const count = (account: string, change: 1 | -1): void => {
    const size = (sizes.get(account) ?? 0) + change;
    if (size === 0) sizes.delete(account);
    else sizes.set(account, size);
  };

  const untrack = ({ entry }: Waiting): QueueEntry => {
    entries.delete(entry.id);
    count(accountOf(entry.client), -1);
    return entry;
  };

  const track = (entry: QueueEntry, round: number): Waiting => {
    const waiting = { entry, round, number: ++lastNumber };
    entries.set(entry.id, waiting);
    count(accountOf(entry.client), 1);
    return waiting;
  };

  const remove = (id: string): QueueEntry | undefined => {
    const waiting = entries.get(id);
    if (!waiting) return undefined;
    const requeuedIndex = first.indexOf(waiting);
    if (requeuedIndex !== -1) {
      first.splice(requeuedIndex, 1);
      return untrack(waiting);
    }
    const account = accountOf(waiting.entry.client);
    const line = lines.get(account)?.waiting ?? [];
    line.splice(indexIn(line, waiting), 1);
    if (line.length === 0) lines.delete(account);
    return untrack(waiting);
  };

  return {
    get size() {
      return entries.size;
    },
    sizeOf: (account) => sizes.get(account) ?? 0,
    push(entry) {
      const account = accountOf(entry.client);
      const line = lines.get(account) ?? { waiting: [], lastRounds: new Map<string, number>() };
      lines.set(account, line);
      const current = line.waiting[0]?.round ?? 0;
      const round = Math.max(current, (line.lastRounds.get(entry.client) ?? -1) + 1);
      for (const [client, last] of line.lastRounds) if (last < current) line.lastRounds.delete(client);
      line.lastRounds.set(entry.client, round);
      const waiting = track(entry, round);
      line.waiting.splice(indexIn(line.waiting, waiting), 0, waiting);
    },
    pushFirst(entry) {
      const waiting = track(entry, 0);
      const later = first.findIndex((other) => other.entry.expiresAt > entry.expiresAt);
      first.splice(later === -1 ? first.length : later, 0, waiting);
    },
    shift() {
      const requeued = first.shift();
      if (requeued) return untrack(requeued);
      for (const [account, line] of lines) {
        const waiting = line.waiting.shift();
        lines.delete(account);
        if (line.waiting.length > 0) lines.set(account, line);
        return waiting && untrack(waiting);
      }
      return undefined;
    },
    shiftUnexpiring() {
      const found = first.find(({ entry }) => entry.expiresAt === Number.POSITIVE_INFINITY);
      return found && remove(found.entry.id);
    },
    remove,
    next(limit) {
      const queues = [...lines.values()].map(({ waiting }) => waiting);
      const rest = Math.max(limit - first.length, 0);
      return [...first.slice(0, limit), ...takeRoundRobin(queues, rest)].map(({ entry }) => entry);
    },
    position(id) {
      const waiting = entries.get(id);
      if (!waiting) return undefined;
      const requeuedIndex = first.indexOf(waiting);
      if (requeuedIndex !== -1) return requeuedIndex + 1;
      const own = lines.get(accountOf(waiting.entry.client));
      const turn = indexIn(own?.waiting ?? [], waiting);
      let ahead = first.length;
      let isBeforeInTurn = true;
      for (const line of lines.values()) {
        if (line === own) isBeforeInTurn = false;
        ahead += Math.min(line.waiting.length, isBeforeInTurn ? turn + 1 : turn);
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

/** The index of the entry in its line, or where it belongs. */
function indexIn(line: readonly Waiting[], { round, number }: Waiting): number {
  let from = 0;
  let to = line.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = line[middle];
    if (other && (other.round - round || other.number - number) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

import type { RedisConnection } from '../redis/redis-connection.js';
import type { Clock } from '../swap/ports.js';
import { positionsScript } from './redis-queue-scripts.js';

export interface PositionReader {
  /** 1 for the next; null if it does not wait. Up to a second old, unless `refresh` was called since. @throws UNAVAILABLE */
  read(id: string): Promise<number | null>;
  /** What is read from now on is computed anew. */
  refresh(): void;
}

interface Batch {
  ids: Set<string>;
  places: Promise<ReadonlyMap<string, number>>;
}

const freshForMs = 1000;
/** The script looks at the line of each client that waits: about 0.8 µs. So an instance keeps Redis busy for 5 % of its time at most. */
const gapPerClientMs = 0.016;

/**
 * Reads places in the queue, all that are asked for together in one script. What is asked for again and again is
 * computed once a second for all of it; what is new is added in between, seldom enough for Redis.
 */
export function createPositionReader(redis: RedisConnection, clock: Clock): PositionReader {
  let known = new Map<string, number>();
  /** What was asked for since `known` was begun, and so is likely to be asked for again. */
  let recent = new Set<string>();
  let freshUntil = 0;
  let nextBatchAt = 0;
  let next: Batch | undefined;

  async function compute(ids: Set<string>): Promise<ReadonlyMap<string, number>> {
    const waitMs = Math.min(nextBatchAt - clock.now(), freshForMs);
    // Whatever is asked for in one turn of the event loop is one question.
    if (waitMs > 0) await clock.sleep(waitMs);
    else await new Promise((resolve) => setImmediate(resolve));
    next = undefined;
    if (clock.now() >= freshUntil) {
      freshUntil = clock.now() + freshForMs;
      known = new Map();
      const asked = [...ids];
      for (const id of recent) ids.add(id);
      recent = new Set(asked);
    }
    const places = known;
    const list = [...ids];
    const [clients = 0, ...found] = (await redis.run(positionsScript, JSON.stringify(list))) as number[];
    nextBatchAt = clock.now() + clients * gapPerClientMs;
    list.forEach((id, index) => void places.set(id, found[index] ?? 0));
    return places;
  }

  return {
    async read(id) {
      recent.add(id);
      // Whatever does not wait is about to leave the queue, or to come back to it: that is not for a second.
      const place = clock.now() < freshUntil ? known.get(id) : undefined;
      if (place) return place;
      if (!next) {
        const ids = new Set<string>();
        next = { ids, places: compute(ids) };
      }
      next.ids.add(id);
      return (await next.places).get(id) || null;
    },
    refresh() {
      freshUntil = 0;
    },
  };
}

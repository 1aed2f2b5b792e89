import type { Clock } from '../../lib/clock.js';
import type { RedisConnection } from './connection.js';
import { queueScripts } from './scripts.js';

export interface PositionReader {
  /** 1 for the next swap; null if it is not waiting. Up to a second old, unless `refresh` was called since. @throws UNAVAILABLE */
  read(id: string): Promise<number | null>;
  /** Invalidates the cache: later reads are recomputed. */
  refresh(): void;
}

interface Batch {
  ids: Set<string>;
  positions: Promise<ReadonlyMap<string, number>>;
}

const freshForMs = 1000;
/** The script visits every waiting client, about 0.8 µs each. Limits an instance to at most 5 % of Redis's time. */
const gapPerClientMs = 0.016;

/**
 * Reads queue positions, batching concurrent reads into one script call. Positions that are read repeatedly are recomputed
 * together once a second; new ones are added in between, at a rate that Redis can sustain.
 */
export function createPositionReader(redis: RedisConnection, clock: Clock): PositionReader {
  let known = new Map<string, number>();
  /** Ids read since `known` was started, which are likely to be read again. */
  let recent = new Set<string>();
  let freshUntil = 0;
  let nextBatchAt = 0;
  let next: Batch | undefined;

  async function compute(ids: Set<string>): Promise<ReadonlyMap<string, number>> {
    const waitMs = Math.min(nextBatchAt - clock.now(), freshForMs);
    // Reads in one turn of the event loop share one call.
    if (waitMs > 0) await clock.sleep(waitMs);
    else await new Promise((resolve) => setImmediate(resolve));
    next = undefined;
    if (clock.now() >= freshUntil) {
      freshUntil = clock.now() + freshForMs;
      known = new Map();
      const requested = [...ids];
      for (const id of recent) ids.add(id);
      recent = new Set(requested);
    }
    const positions = known;
    const list = [...ids];
    const [clients = 0, ...found] = (await redis.run(
      queueScripts.positions,
      JSON.stringify(list),
    )) as number[];
    nextBatchAt = clock.now() + clients * gapPerClientMs;
    list.forEach((id, index) => void positions.set(id, found[index] ?? 0));
    return positions;
  }

  return {
    async read(id) {
      recent.add(id);
      // A swap that is not waiting is leaving or re-entering the queue, so its null must not be cached.
      const position = clock.now() < freshUntil ? known.get(id) : undefined;
      if (position) return position;
      if (!next) {
        const ids = new Set<string>();
        next = { ids, positions: compute(ids) };
      }
      next.ids.add(id);
      return (await next.positions).get(id) || null;
    },
    refresh() {
      freshUntil = 0;
    },
  };
}

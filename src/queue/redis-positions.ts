import type { RedisConnection } from '../redis/redis-connection.js';
import { positionsScript } from './redis-queue-scripts.js';

interface Asked {
  ids: Map<string, number>;
  places: Promise<number[]>;
}

/**
 * Asks for places in the queue. Whatever is asked for in one turn of the event loop is one question to Redis: each time
 * the queue moves, everyone who watches a waiting swap asks.
 */
export function createPositionReader(redis: RedisConnection): (id: string) => Promise<number | null> {
  let asked: Asked | undefined;

  const ask = async (ids: Map<string, number>): Promise<number[]> => {
    await new Promise((resolve) => setImmediate(resolve));
    asked = undefined;
    return (await redis.run(positionsScript, JSON.stringify([...ids.keys()]))) as number[];
  };

  return async (id) => {
    if (!asked) {
      const ids = new Map<string, number>();
      asked = { ids, places: ask(ids) };
    }
    const { ids, places } = asked;
    const index = ids.get(id) ?? ids.size;
    ids.set(id, index);
    return (await places)[index] || null;
  };
}

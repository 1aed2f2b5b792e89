import type { SwapLog } from '../swap/ports.js';
import type { RedisConnection } from './redis-connection.js';

export interface ReplicaWaitOptions {
  /** A connection for nothing but this: whatever is sent over it waits for the replicas too. */
  redis: RedisConnection;
  /** How many must have it. */
  replicas: number;
  /** Of a write that is made for this, milliseconds. */
  ttlMs: number;
  log: SwapLog;
}

/** A command is given up after a second. */
const waitMs = 800;

/**
 * Whether replicas have what Redis answered before, so that a failover to one of them does not lose it. Whoever asks while
 * a question is under way shares the next one.
 *
 * @returns true: so many replicas have acknowledged it; false: not within 800 ms. @throws UNAVAILABLE without Redis
 */
export function createReplicaWait({
  redis,
  replicas,
  ttlMs,
  log,
}: ReplicaWaitOptions): () => Promise<boolean> {
  let running: Promise<unknown> | undefined;
  let next: Promise<boolean> | undefined;
  let isShort = false;

  async function ask(): Promise<boolean> {
    const acknowledged = await redis.reach(async (client) => {
      // WAIT is for the writes of its own connection, and this one comes after all that were answered on others.
      const written = client.pExpire(`${redis.prefix}sequence`, ttlMs);
      const [, count] = await Promise.all([written, client.wait(replicas, waitMs)]);
      return count;
    });
    const wasShort = isShort;
    isShort = acknowledged < replicas;
    if (isShort && !wasShort)
      log.warn({ replicas, acknowledged }, 'too few replicas of Redis keep up; swaps wait in the queue');
    if (!isShort && wasShort) log.info({ replicas: acknowledged }, 'enough replicas of Redis keep up again');
    return !isShort;
  }

  return () => {
    next ??= (running ?? Promise.resolve()).then(() => {
      next = undefined;
      const answer = ask();
      running = answer.catch(() => undefined);
      return answer;
    });
    return next;
  };
}

import type { SwapLog } from '../../swap/ports.js';
import type { RedisConnection } from './connection.js';

export interface ReplicaWaitOptions {
  /** A dedicated connection: WAIT also blocks all other commands sent over it. */
  redis: RedisConnection;
  /** Number of replicas that must acknowledge. */
  replicas: number;
  /** TTL of the key written for this, milliseconds. */
  ttlMs: number;
  log: SwapLog;
}

/** Below the command timeout of one second. */
const waitMs = 800;

/**
 * Whether replicas have every write that Redis has acknowledged so far, so a failover does not lose it. Calls made while a WAIT is
 * in flight share the next one.
 *
 * @returns false if too few replicas acknowledged within 800 ms. @throws UNAVAILABLE without Redis
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

  async function waitForReplicas(): Promise<boolean> {
    const acknowledged = await redis.orUnavailable(async (client) => {
      // WAIT covers the writes of its own connection, and this write follows all that were acknowledged on others.
      const written = client.pExpire(`${redis.prefix}sequence`, ttlMs);
      const [, count] = await Promise.all([written, client.wait(replicas, waitMs)]);
      return count;
    });
    const wasShort = isShort;
    isShort = acknowledged < replicas;
    if (isShort && !wasShort)
      log.warn({ replicas, acknowledged }, 'too few Redis replicas keep up; swaps wait in the queue');
    if (!isShort && wasShort) log.info({ replicas: acknowledged }, 'enough Redis replicas keep up again');
    return !isShort;
  }

  return () => {
    next ??= (running ?? Promise.resolve()).then(() => {
      next = undefined;
      const result = waitForReplicas();
      running = result.catch(() => undefined);
      return result;
    });
    return next;
  };
}

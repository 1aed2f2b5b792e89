import type { Clock } from '../../lib/clock.js';
import type { SwapQueue } from '../../swap/ports.js';
import {
  type OperatorPause,
  type PauseReason,
  pauseReasons,
  type QueuePause,
} from '../../swap/queue-pause.js';
import type { RedisConnection } from './connection.js';
import { queueScripts } from './scripts.js';

interface StoredPauses {
  operator?: OperatorPause;
  credits?: { since: number; until?: number };
  busy?: { until: number };
}

/**
 * The pauses of the queue of all instances. They throw UNAVAILABLE.
 *
 * @param clock Redis's time
 * @param ttlMs TTL of an operator's pause, renewed by each heartbeat
 */
export function createRedisPauses(
  redis: RedisConnection,
  clock: Pick<Clock, 'now'>,
  ttlMs: number,
): Pick<SwapQueue, 'pausedMs' | 'pauses' | 'pause' | 'resume' | 'occupy'> {
  async function pauses(): Promise<QueuePause[]> {
    const text = String(await redis.run(queueScripts.pauses));
    const { operator, credits, busy } = JSON.parse(text) as StoredPauses;
    return [
      ...(operator ? [{ reason: 'OPERATOR', ...operator } as const] : []),
      ...(credits ? [{ reason: 'ACCOUNT_CREDITS', ...credits } as const] : []),
      ...(busy ? [{ reason: 'UPSTREAM_BUSY', ...busy } as const] : []),
    ];
  }
  return {
    pauses,
    async pausedMs() {
      const ends = (await pauses()).map(({ reason, until }) =>
        reason === 'OPERATOR' ? (until ?? Number.POSITIVE_INFINITY) : (until ?? 0),
      );
      return Math.max(...ends.map((end) => end - clock.now()), 0);
    },
    async pause({ since, until, note = '' }) {
      const end = until === undefined ? '' : Math.round(until);
      await redis.run(queueScripts.pause, Math.round(since), end, note, ttlMs);
    },
    async occupy(slots, forMs) {
      await redis.orUnavailable((client) =>
        client.set(`${redis.prefix}queue:occupied`, slots, {
          expiration: { type: 'PX', value: Math.ceil(forMs) },
        }),
      );
    },
    async resume(reasons: readonly PauseReason[] = pauseReasons) {
      const inEffect = (await pauses()).map(({ reason }) => reason);
      await redis.run(queueScripts.resume, JSON.stringify(reasons));
      return inEffect.filter((reason) => reasons.includes(reason));
    },
  };
}

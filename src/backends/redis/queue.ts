import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { queueFull } from '../../swap/errors.js';
import type { QueueEntry, SwapLog, SwapQueue } from '../../swap/ports.js';
import { accountOf } from '../../swap/principal.js';
import { createPositionChanges } from '../position-changes.js';
import type { RedisConnection } from './connection.js';
import { createRedisPauses } from './pauses.js';
import { createPositionReader } from './positions.js';
import { createRedisRuns, type RunTimes, readEntry } from './runs.js';
import { queueScripts } from './scripts.js';
import type { RedisTopics } from './topics.js';

export interface RedisQueueOptions {
  redis: RedisConnection;
  topics: RedisTopics;
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  /** Limit on swaps at ModelsLab at a time, across all instances. */
  slots: number;
  maxWaiting: number;
  maxWaitingPerClient: number;
  /** TTL of the queue's keys, renewed by each heartbeat, milliseconds. */
  ttlMs: number;
  /** How long `close` waits for runs, milliseconds. */
  closeGraceMs?: number;
  times?: RunTimes;
  settings?: string;
  onSettings?(others: readonly string[]): void;
}

const queueFullRetryAfterSeconds = 5;
/** How long a reservation counts if it is not filled, for example because its process died. */
const reservationMs = 15_000;

/**
 * One queue for all instances, in the order of the in-memory queue: requeued swaps first, then round-robin over clients. Atomic
 * scripts ensure that no swap is started twice or beyond the limit, however many instances request work concurrently.
 */
export function createRedisQueue(options: RedisQueueOptions): SwapQueue {
  const { redis, topics, clock, log, report, maxWaiting, maxWaitingPerClient, ttlMs } = options;
  const runs = createRedisRuns(options);
  const positions = createPositionReader(redis, clock);
  const positionChanges = createPositionChanges(clock, report, positions.refresh);

  const listening = new AbortController();
  const listen = async (): Promise<void> => {
    while (!listening.signal.aborted) {
      try {
        await redis.ready();
        await topics.subscribe('queue:changes', (change) => {
          if (change === 'left') runs.heartbeat();
          else positionChanges.notify();
        });
        return;
      } catch {
        await clock.sleep(1000, listening.signal);
      }
    }
  };
  contain(report, 'queue', listen);

  /** Logs a failure together with its swap. */
  const named = <T>(swap: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      log.error({ swap, err: error }, 'Redis failed to change the queue');
      throw error;
    });

  const add = async (entry: QueueEntry, mode: 0 | 1 | 2, token = ''): Promise<void> => {
    const { id, client, expiresAt } = entry;
    await named(
      id,
      redis.run(queueScripts.add, accountOf(client), token, id, Math.round(expiresAt), mode, ttlMs, client),
    );
    runs.added();
  };

  return {
    async reserve(client, maxWaitingOfClient = maxWaitingPerClient) {
      const token = randomUUID();
      const refusal = await redis.run(
        queueScripts.reserve,
        accountOf(client),
        token,
        maxWaitingOfClient,
        maxWaiting,
        reservationMs,
      );
      if (refusal === 1) {
        throw queueFull(
          `You have reached your limit of waiting swaps, ${maxWaitingOfClient}.`,
          queueFullRetryAfterSeconds,
        );
      }
      if (refusal === 2) {
        throw queueFull('The queue is full.', queueFullRetryAfterSeconds);
      }
      return {
        fill: (entry) => add(entry, 0, token),
        async release() {
          // The reservation expires by itself, so an unreachable Redis must not fail the caller.
          await redis.run(queueScripts.release, accountOf(client), token).catch(() => undefined);
        },
      };
    },
    restore: (entry, isFirst, needsSlot = true) => add(entry, needsSlot ? (isFirst ? 1 : 0) : 2),
    async missing(ids) {
      if (ids.length === 0) return [];
      const entries = await redis.orUnavailable((client) =>
        client.hmGet(`${redis.prefix}queue:entries`, ids),
      );
      return ids.filter((_, index) => entries[index] === null);
    },
    async withdraw(id) {
      return (await named(id, redis.run(queueScripts.withdraw, id))) === 1;
    },
    position: positions.read,
    async next(limit) {
      const flat = (await redis.run(queueScripts.next, limit)) as string[];
      return Array.from({ length: flat.length / 2 }, (_, n) =>
        readEntry(String(flat[2 * n]), String(flat[2 * n + 1])),
      );
    },
    onPositionsChanged: positionChanges.listen,
    async counts() {
      const [all, running, unresolved] = await redis.orUnavailable((client) =>
        Promise.all([
          client.hLen(`${redis.prefix}queue:entries`),
          client.hLen(`${redis.prefix}queue:running`),
          client.sCard(`${redis.prefix}queue:unresolved`),
        ]),
      );
      return {
        waiting: Math.max(all - running, 0),
        running: Math.max(running - unresolved, 0),
        unresolved,
      };
    },
    ...createRedisPauses(redis, clock, ttlMs),
    start: runs.start,
    async close() {
      listening.abort();
      positionChanges.close();
      await runs.close();
    },
  };
}

import type { Clock } from '../../lib/clock.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { ListenerMap } from '../../lib/listener-map.js';
import type { SwapLog, SwapPubSub, SwapStore } from '../../swap/ports.js';
import type { Swap } from '../../swap/swap.js';
import type { RedisConnection } from './connection.js';
import type { RedisTopics } from './topics.js';

export interface RedisPubSubOptions {
  redis: RedisConnection;
  topics: RedisTopics;
  store: Pick<SwapStore, 'get'>;
  clock: Pick<Clock, 'sleep'>;
  log: SwapLog;
  report: FaultReporter;
}

const topicPrefix = 'swap:';
/** Records read at a time when catching up. */
const batchSize = 64;
const retryMs = 500;
/** Limit on swaps whose latest event is kept for a retry. */
const maxUnsent = 10_000;

/**
 * Pub/sub over Redis with one channel per swap, subscribed to only while there are local listeners. After a gap in the
 * connection, listeners get the current state of their swaps from the store.
 */
export function createRedisPubSub({
  redis,
  topics,
  store,
  clock,
  log,
  report,
}: RedisPubSubOptions): SwapPubSub {
  const closing = new AbortController();
  const listeners = new ListenerMap<Swap>();
  const unsent = new Map<string, Swap>();
  let isRetryScheduled = false;

  function deliver(swap: Swap): void {
    for (const listener of listeners.of(swap.id)) contain(report, 'events', () => listener(swap));
  }

  async function send(swap: Swap): Promise<void> {
    try {
      const message = JSON.stringify(swap);
      await redis.orUnavailable((client) => client.publish(redis.prefix + topicPrefix + swap.id, message));
    } catch {
      // Listeners on other instances may have noticed no gap, so the event must be sent again.
      if (unsent.size < maxUnsent) unsent.set(swap.id, swap);
      if (!isRetryScheduled) contain(report, 'events', retryUnsent);
    }
  }

  /** Retries on a timer rather than on reconnection: Redis may merely have been slow. */
  async function retryUnsent(): Promise<void> {
    isRetryScheduled = true;
    await clock.sleep(retryMs, closing.signal);
    isRetryScheduled = false;
    if (closing.signal.aborted) return;
    const swaps = [...unsent.values()];
    unsent.clear();
    await Promise.all(swaps.map(send));
  }

  /** Reads all swaps that have listeners. Resumes where it stopped when the store fails. */
  async function catchUp(): Promise<void> {
    const ids = [...listeners.topics()];
    if (ids.length > 0)
      log.info({ swaps: ids.length }, 'catching up on swaps after a gap in the Redis connection');
    while (ids.length > 0 && !closing.signal.aborted) {
      try {
        const swaps = await Promise.all(ids.slice(-batchSize).map(store.get));
        ids.length = Math.max(ids.length - batchSize, 0);
        for (const swap of swaps) if (swap) deliver(swap);
      } catch {
        await clock.sleep(retryMs, closing.signal);
      }
    }
  }

  topics.onGap(() => contain(report, 'events', catchUp));

  return {
    publish: (swap) => contain(report, 'events', () => send(swap)),
    async subscribe(id, listener) {
      const stop = await topics.subscribe(topicPrefix + id, (message) =>
        contain(report, 'events', () => listener(JSON.parse(message) as Swap)),
      );
      const remove = listeners.add(id, listener);
      return () => {
        stop();
        remove();
      };
    },
    async close() {
      closing.abort();
    },
  };
}

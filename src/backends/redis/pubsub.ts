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
/** How many records are read at one time to catch up. */
const batchSize = 64;
const retryMs = 500;
/** News that could not be sent are kept, the latest of each swap, up to so many swaps. */
const maxUnsent = 10_000;

/**
 * News over Redis, a channel for each swap, subscribed to only while somebody listens here. What was missed while Redis
 * was away is made up for from the store: listeners are told of their swaps as they stand then.
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
  let isSendingLater = false;

  function tell(swap: Swap): void {
    for (const listener of listeners.of(swap.id)) contain(report, 'events', () => listener(swap));
  }

  async function send(swap: Swap): Promise<void> {
    try {
      const message = JSON.stringify(swap);
      await redis.orUnavailable((client) => client.publish(redis.prefix + topicPrefix + swap.id, message));
    } catch {
      // Listeners elsewhere may have a connection that works, so nothing but this tells them.
      if (unsent.size < maxUnsent) unsent.set(swap.id, swap);
      if (!isSendingLater) contain(report, 'events', sendLater);
    }
  }

  /** Redis may have been slow, or away: whether the connection is made anew tells nothing. */
  async function sendLater(): Promise<void> {
    isSendingLater = true;
    await clock.sleep(retryMs, closing.signal);
    isSendingLater = false;
    if (closing.signal.aborted) return;
    const swaps = [...unsent.values()];
    unsent.clear();
    await Promise.all(swaps.map(send));
  }

  /** Reads whatever is listened to. Goes on where it stopped when the store fails. */
  async function catchUp(): Promise<void> {
    const ids = [...listeners.topics()];
    if (ids.length > 0) log.info({ swaps: ids.length }, 'catching up with swaps after Redis was away');
    while (ids.length > 0 && !closing.signal.aborted) {
      try {
        const swaps = await Promise.all(ids.slice(-batchSize).map(store.get));
        ids.length = Math.max(ids.length - batchSize, 0);
        for (const swap of swaps) if (swap) tell(swap);
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

import type { Clock } from '../../lib/clock.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import type { ErasureTopic } from '../../swap/erasure.js';
import { createMemoryErasureTopic } from '../memory/erasure-topic.js';
import type { RedisConnection } from './connection.js';
import type { RedisTopics } from './topics.js';

const topic = 'erased';

/** How often a subscription that Redis refuses is tried again, and a cache is emptied meanwhile, milliseconds. */
const retryMs = 1000;

/**
 * One channel for all instances. After a gap in the connection, and once a second while Redis refuses the subscription, listeners are
 * told that they may have missed an erasure.
 */
export function createRedisErasureTopic(
  redis: RedisConnection,
  topics: RedisTopics,
  clock: Pick<Clock, 'sleep'>,
  report: FaultReporter,
): ErasureTopic & { start(): Promise<void>; close(): void } {
  const own = createMemoryErasureTopic();
  const closing = new AbortController();
  const listeners: ((swapId: string | undefined) => void)[] = [];
  let isStarted = false;
  const tell = (swapId: string | undefined): void => {
    for (const listener of listeners) contain(report, 'events', () => listener(swapId));
  };

  /** @returns whether every later erasure will be noticed */
  async function subscribe(): Promise<boolean> {
    const isSubscribed = await topics.subscribe(topic, tell).then(
      () => true,
      () => false,
    );
    tell(undefined);
    return isSubscribed;
  }

  async function retry(): Promise<void> {
    do await clock.sleep(retryMs, closing.signal);
    while (!closing.signal.aborted && !(await subscribe()));
  }

  topics.onGap(() => tell(undefined));
  return {
    async announce(swapId) {
      await own.announce(swapId);
      await redis.orUnavailable((client) => client.publish(redis.prefix + topic, swapId));
    },
    listen(listener) {
      own.listen(listener);
      listeners.push(listener);
    },
    /** Resolves after the first attempt to subscribe. */
    async start() {
      if (isStarted) return;
      isStarted = true;
      if (!(await subscribe())) void retry();
    },
    close: () => closing.abort(),
  };
}

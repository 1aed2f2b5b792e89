import { contain, type FaultReporter } from '../../lib/contain.js';
import type { ErasureTopic } from '../../swap/erasure.js';
import { createMemoryErasureTopic } from '../memory/erasure-topic.js';
import type { RedisConnection } from './connection.js';
import type { RedisTopics } from './topics.js';

const topic = 'erased';

/** One channel for all instances. After a gap in the connection, listeners are told that they may have missed an erasure. */
export function createRedisErasureTopic(
  redis: RedisConnection,
  topics: RedisTopics,
  report: FaultReporter,
): ErasureTopic & { start(): Promise<void> } {
  const own = createMemoryErasureTopic();
  let isStarted = false;
  const listeners: ((swapId: string | undefined) => void)[] = [];
  const tell = (swapId: string | undefined): void => {
    for (const listener of listeners) contain(report, 'events', () => listener(swapId));
  };
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
    /** Resolves once every later erasure will be noticed. */
    async start() {
      if (isStarted) return;
      isStarted = true;
      await topics.subscribe(topic, tell);
      // Before it, some may have been missed.
      tell(undefined);
    },
  };
}

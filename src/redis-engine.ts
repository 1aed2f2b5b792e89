import { type Engine, type EngineOptions, openTtlMs } from './engine.js';
import { createRedisEvents } from './events/redis-events.js';
import { createRedisQueue } from './queue/redis-queue.js';
import { connectRedis } from './redis/redis-connection.js';
import { createRedisTopics } from './redis/redis-topics.js';
import { createRedisLatePolls } from './store/redis-late-polls.js';
import { createRedisLedger } from './store/redis-ledger.js';
import { createRedisOutbox } from './store/redis-outbox.js';
import { createRedisSwapStore } from './store/redis-swap-store.js';

export interface RedisEngineOptions extends EngineOptions {
  url: string;
  /** Before all keys and channels. */
  prefix: string;
}

/** Any number of processes on one Redis. Connects in the background; until then, and whenever it is away, all is UNAVAILABLE. */
export function createRedisEngine({
  url,
  prefix,
  policy,
  clock,
  log,
  ...limits
}: RedisEngineOptions): Engine {
  const redis = connectRedis({ url, prefix, log });
  const subscriber = connectRedis({ url, prefix });
  const topics = createRedisTopics(subscriber);
  const keptMs = openTtlMs(policy);
  const store = createRedisSwapStore(redis, { clock, pendingTtlMs: keptMs });
  const queue = createRedisQueue({ redis, topics, clock, log, ttlMs: keptMs, ...limits });
  const events = createRedisEvents({ redis, topics, store, clock, log });
  return {
    store,
    ledger: createRedisLedger({ redis, openTtlMs: keptMs }),
    queue,
    events,
    outbox: createRedisOutbox(redis),
    latePolls: createRedisLatePolls(redis),
    isShared: true,
    async ready() {
      await Promise.all([redis.ready(), subscriber.ready()]);
    },
    secret(name) {
      throw new Error(`${name} has to be given: all instances share it`);
    },
    async close() {
      await queue.close();
      await events.close();
      subscriber.close();
      redis.close();
    },
  };
}

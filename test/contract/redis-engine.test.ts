import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createRedisEvents } from '../../src/events/redis-events.js';
import { createRedisQueue } from '../../src/queue/redis-queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/redis-connection.js';
import { createRedisTopics } from '../../src/redis/redis-topics.js';
import { createRedisLatePolls } from '../../src/store/redis-late-polls.js';
import { createRedisLedger } from '../../src/store/redis-ledger.js';
import { createRedisOutbox } from '../../src/store/redis-outbox.js';
import { createRedisSwapStore } from '../../src/store/redis-swap-store.js';
import { systemClock } from '../../src/system-clock.js';
import { captureLog } from '../support/capture-log.js';
import { redisForTests } from '../support/redis-server.js';
import { describeCallbackOutbox } from './callback-outbox.contract.js';
import { describeLatePollSchedule } from './late-poll-schedule.contract.js';
import { describeSwapEvents } from './swap-events.contract.js';
import { describeSwapLedger } from './swap-ledger.contract.js';
import { describeSwapQueue } from './swap-queue.contract.js';
import { describeSwapStore } from './swap-store.contract.js';

const server = redisForTests();

async function connect(prefix = server.newPrefix()): Promise<RedisConnection> {
  const redis = connectRedis({ url: server.url, prefix });
  onTestFinished(() => {
    if (redis.client.isOpen) redis.close();
  });
  await redis.ready();
  return redis;
}

const storeOn = (redis: RedisConnection) =>
  createRedisSwapStore(redis, { clock: systemClock, pendingTtlMs: 60_000 });

describeSwapStore('keyv on Redis', async () => {
  const redis = await connect();
  return { store: storeOn(redis), breakStore: async () => redis.close() };
});

describeSwapLedger('Redis', async () => {
  const redis = await connect();
  return {
    ledger: createRedisLedger({ redis, openTtlMs: 60_000 }),
    breakLedger: async () => redis.close(),
  };
});

describeCallbackOutbox('Redis', async () => createRedisOutbox(await connect()));

describeLatePollSchedule('Redis', async () => createRedisLatePolls(await connect()));

describeSwapEvents('Redis', async () => {
  const prefix = server.newPrefix();
  const open = async () => {
    const redis = await connect(prefix);
    const topics = createRedisTopics(await connect(prefix));
    return createRedisEvents({
      redis,
      topics,
      store: storeOn(redis),
      clock: systemClock,
      log: captureLog().log,
    });
  };
  return { here: await open(), there: await open() };
});

describeSwapQueue('Redis', async (limits) => {
  const prefix = server.newPrefix();
  const queue = createRedisQueue({
    redis: await connect(prefix),
    topics: createRedisTopics(await connect(prefix)),
    clock: systemClock,
    log: captureLog().log,
    ttlMs: 60_000,
    times: { beatMs: 50, leaseMs: 500 },
    ...limits,
  });
  onTestFinished(() => queue.close());
  return { queue, now: Date.now, pass: async (ms) => void (await sleep(ms)) };
});

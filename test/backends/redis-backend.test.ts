import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { connectRedis, type RedisConnection } from '../../src/backends/redis/connection.js';
import { createRedisConsents } from '../../src/backends/redis/consents.js';
import { createRedisKeyvAdapter } from '../../src/backends/redis/keyv-adapter.js';
import { createRedisOutbox } from '../../src/backends/redis/outbox.js';
import { createRedisPubSub } from '../../src/backends/redis/pubsub.js';
import { createRedisQueue } from '../../src/backends/redis/queue.js';
import { createRedisSchedule } from '../../src/backends/redis/schedule.js';
import { createRedisSwapIndex } from '../../src/backends/redis/swap-index.js';
import { createRedisSwapStore } from '../../src/backends/redis/swap-store.js';
import { createRedisTopics } from '../../src/backends/redis/topics.js';
import { createRedisUsage } from '../../src/backends/redis/usage.js';
import { createRedisBackend } from '../../src/backends/redis-backend.js';
import { systemClock } from '../../src/lib/clock.js';
import { captureLog } from '../../testing/capture-log.js';
import { redisForTests } from '../../testing/redis-server.js';
import { unexpected } from '../../testing/unexpected.js';
import { describeConsentLog, describeConsentOfNewSwaps } from './consent-log.contract.js';
import { describeDueTimes } from './due-times.contract.js';
import { describeKeyvAdapter, describeWriteOnceAdapter } from './keyv-adapter.contract.js';
import { describeLatePollSchedule } from './late-poll-schedule.contract.js';
import { describeQueuePauses } from './queue-pauses.contract.js';
import { describeStoredRecords } from './stored-records.contract.js';
import { describeSwapIndex } from './swap-index.contract.js';
import { describeSwapPubSub } from './swap-pubsub.contract.js';
import { describeSwapQueue } from './swap-queue.contract.js';
import { describeSwapStore, type StoreOptions } from './swap-store.contract.js';
import { describeUsage } from './usage.contract.js';
import { describeWebhookOutbox } from './webhook-outbox.contract.js';

const server = redisForTests();

async function connect(prefix = server.newPrefix()): Promise<RedisConnection> {
  const redis = connectRedis({ url: server.url, prefix });
  onTestFinished(() => {
    if (redis.client.isOpen) redis.close();
  });
  await redis.ready();
  return redis;
}

const storeOn = (redis: RedisConnection, options?: StoreOptions) =>
  createRedisSwapStore(redis, { clock: systemClock, pendingTtlMs: 60_000, ...options });

describeSwapStore('keyv on Redis', async (options) => {
  const redis = await connect();
  return {
    store: storeOn(redis, options),
    breakStore: async () => redis.close(),
    async contains(text) {
      const values = await redis.orUnavailable(async (client) => {
        const keys = await client.keys(`${redis.prefix}*`);
        const strings = await Promise.all(
          keys.map(async (key) => ((await client.type(key)) === 'string' ? client.get(key) : null)),
        );
        return strings.filter((value) => value !== null);
      });
      return values.some((value) => value.includes(text));
    },
  };
});

describeStoredRecords('Redis', {
  async openRaw() {
    const redis = await connect();
    const nameOf = (kind: string, id: string): string => `${redis.prefix}${kind}:${id}`;
    return {
      store: storeOn(redis),
      writeRaw: async (kind, id, text) => void (await redis.client.set(nameOf(kind, id), text)),
      readRaw: async (kind, id) =>
        JSON.parse(String(await redis.client.get(nameOf(kind, id)))).value as unknown,
    };
  },
  async openFixture() {
    const redis = await connect();
    for (const { key, type, value } of fixture()) {
      const name = redis.prefix + key;
      if (type === 'string') await redis.client.set(name, value);
      else if (type === 'hash') await redis.client.hSet(name, value);
      else await redis.client.zAdd(name, value);
      await redis.client.pExpire(name, 60_000);
    }
    return {
      store: storeOn(redis),
      swapIndex: createRedisSwapIndex(redis),
      outbox: createRedisOutbox(redis),
    };
  },
});

/** All keys of a gateway from before records had a version. */
function fixture() {
  const path = join(import.meta.dirname, '../../testing/redis-keys-version-1.json');
  return JSON.parse(readFileSync(path, 'utf8')) as (
    | { key: string; type: 'string'; value: string }
    | { key: string; type: 'hash'; value: Record<string, string> }
    | { key: string; type: 'zset'; value: { value: string; score: number }[] }
  )[];
}

describeKeyvAdapter('Redis', async () => {
  const redis = await connect();
  return () => createRedisKeyvAdapter(redis, { namespace: 'pending' });
});

describeWriteOnceAdapter('Redis', async () => {
  const redis = await connect();
  return () => createRedisKeyvAdapter(redis, { namespace: 'ended', writeOnce: true });
});

describeSwapIndex('Redis', async () => {
  const redis = await connect();
  return {
    swapIndex: createRedisSwapIndex(redis),
    store: storeOn(redis),
    breakIndex: async () => redis.close(),
  };
});

describeUsage('Redis', async () => {
  const prefix = server.newPrefix();
  const redis = await connect(prefix);
  const partsOf = (on: RedisConnection) => ({ usage: createRedisUsage(on, systemClock), store: storeOn(on) });
  return {
    ...partsOf(redis),
    breakUsage: async () => redis.close(),
    another: async () => partsOf(await connect(prefix)),
    async restart() {
      redis.close();
      return partsOf(await connect(prefix));
    },
  };
});

describeWebhookOutbox('Redis', async () => createRedisOutbox(await connect()));

describeLatePollSchedule('Redis', async () => createRedisSchedule(await connect(), 'late-poll'));
describeLatePollSchedule('Redis for archive jobs', async () =>
  createRedisSchedule(await connect(), 'archive-job'),
);

const anyPolicy = {
  queueDeadlineMs: 60_000,
  processingDeadlineMs: 60_000,
  unknownSlotMs: 60_000,
  pollIntervalMs: 60_000,
  maxPollIntervalMs: 60_000,
  resultTtlMs: 60_000,
};

describeDueTimes('instances on Redis', async () => {
  const prefix = server.newPrefix();
  return {
    async start(clockMs = 0) {
      let errorMs = clockMs;
      const clock = { ...systemClock, now: () => Date.now() + errorMs };
      const backend = createRedisBackend({
        url: server.url,
        caFile: undefined,
        prefix,
        isDurabilityRequired: false,
        waitReplicas: 0,
        shared: { apiKey: '', webhookSecrets: [], signingSecret: '', clientTokenSecrets: [] },
        slots: 1,
        maxWaiting: 10,
        maxWaitingPerClient: 10,
        policy: anyPolicy,
        clock,
        log: captureLog().log,
        report: unexpected,
      });
      let closed: Promise<void> | undefined;
      const kill = () => {
        closed ??= backend.close();
        return closed;
      };
      onTestFinished(kill);
      await backend.ready();
      return {
        ...backend,
        setClock(ms) {
          errorMs = ms;
        },
        kill,
      };
    },
  };
});

const openConsents = async () => {
  const redis = await connect();
  return { consents: createRedisConsents(redis), store: storeOn(redis), pass: (ms: number) => sleep(ms) };
};
describeConsentLog('Redis', openConsents);
describeConsentOfNewSwaps('Redis', openConsents);

describeSwapPubSub('Redis', async () => {
  const prefix = server.newPrefix();
  const open = async () => {
    const redis = await connect(prefix);
    const topics = createRedisTopics(await connect(prefix));
    return createRedisPubSub({
      report: unexpected,
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
    report: unexpected,
    redis: await connect(prefix),
    topics: createRedisTopics(await connect(prefix)),
    clock: systemClock,
    log: captureLog().log,
    ttlMs: 60_000,
    times: { heartbeatMs: 50, leaseMs: 500 },
    ...limits,
  });
  onTestFinished(() => queue.close());
  return { queue, now: Date.now, pass: async (ms) => void (await sleep(ms)) };
});

describeQueuePauses('the queue on Redis', async (limits) => {
  const prefix = server.newPrefix();
  const logs = captureLog();
  const open = async (log = logs.log) => {
    const queue = createRedisQueue({
      report: unexpected,
      redis: await connect(prefix),
      topics: createRedisTopics(await connect(prefix)),
      clock: systemClock,
      log,
      ttlMs: 60_000,
      times: { heartbeatMs: 50, leaseMs: 500 },
      ...limits,
    });
    onTestFinished(() => queue.close());
    return queue;
  };
  return {
    queue: await open(),
    now: Date.now,
    pass: async (ms) => void (await sleep(ms)),
    logs,
    reopen: () => open(captureLog().log),
  };
});

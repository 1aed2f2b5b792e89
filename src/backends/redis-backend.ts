import { readFileSync } from 'node:fs';
import { createSteadyNow } from '../lib/steady-now.js';
import { type Backend, type BackendOptions, openTtlMs } from './backend.js';
import { createKeyvErasureStore } from './keyv-erasure-store.js';
import { createRedisClock } from './redis/clock.js';
import { connectRedis } from './redis/connection.js';
import { createRedisConsents } from './redis/consents.js';
import { checkDurability } from './redis/durability.js';
import { createRedisErasureTopic } from './redis/erasure-topic.js';
import { describeSettings, type SharedSettings, watchSettings } from './redis/instance-settings.js';
import { createRedisKeyvAdapter } from './redis/keyv-adapter.js';
import { readMemory } from './redis/memory.js';
import { createRedisOutbox } from './redis/outbox.js';
import { createRedisPubSub } from './redis/pubsub.js';
import { createRedisPurge } from './redis/purge.js';
import { createRedisQueue } from './redis/queue.js';
import { createReplicaWait } from './redis/replica-wait.js';
import { findRestoration } from './redis/restoration.js';
import { createRedisSchedule } from './redis/schedule.js';
import { createRedisSwapIndex } from './redis/swap-index.js';
import { createRedisSwapStore } from './redis/swap-store.js';
import { createRedisTopics } from './redis/topics.js';
import { createRedisTurns } from './redis/turns.js';
import { createRedisUsage, isUpgradedRedis } from './redis/usage.js';

export interface RedisBackendOptions extends BackendOptions {
  url: string;
  /** Path of a PEM file with the CAs trusted for `rediss:`; undefined: the default ones. */
  caFile: string | undefined;
  /** Prefix of all keys and channels. */
  prefix: string;
  /** Whether to refuse to start on a Redis that may lose acknowledged writes. */
  isDurabilityRequired: boolean;
  /** Replicas that must acknowledge an accepted swap and the mark before a submission; 0: no wait. */
  waitReplicas: number;
  /** Settings that must match those of the other instances. */
  shared: Omit<SharedSettings, 'slots'>;
}

/** @throws Error with a message for the operator */
function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`REDIS_CA_FILE: cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** A backend for any number of instances on one Redis. Connects in the background; calls are UNAVAILABLE without a connection. */
export function createRedisBackend({
  url,
  caFile,
  prefix,
  isDurabilityRequired,
  waitReplicas,
  shared,
  slots,
  maxWaiting,
  maxWaitingPerClient,
  closeGraceMs,
  policy,
  clock: ownClock,
  log,
  report,
}: RedisBackendOptions): Backend {
  const ca = caFile === undefined ? undefined : readCertificates(caFile);
  const redis = connectRedis({ url, prefix, ca, log, rejectionLog: log });
  const clock = createRedisClock({ redis, base: ownClock });
  // Until Redis's time is known, the clock is this machine's, which may be ahead.
  let dueNow = clock.now;
  void clock.synced().then(() => {
    dueNow = createSteadyNow(clock);
  });
  const subscriber = connectRedis({ url, prefix, ca, rejectionLog: log });
  // The subscriber sends no writes that could be refused, so by itself it would stay connected to a demoted server.
  redis.onUnfit(subscriber.reconnect);
  const topics = createRedisTopics(subscriber);
  const durability = checkDurability({ redis, log, isRequired: isDurabilityRequired });
  const keptMs = openTtlMs(policy);
  const waiter = waitReplicas > 0 ? connectRedis({ url, prefix, ca }) : undefined;
  if (waiter) redis.onUnfit(waiter.reconnect);
  const confirm = waiter && createReplicaWait({ redis: waiter, replicas: waitReplicas, ttlMs: keptMs, log });
  const store = createRedisSwapStore(redis, { clock, pendingTtlMs: keptMs, confirm });
  const settings = describeSettings({
    slots,
    apiKey: shared.apiKey,
    webhookSecrets: shared.webhookSecrets,
    signingSecret: shared.signingSecret,
    clientTokenSecrets: shared.clientTokenSecrets,
  });
  const settingsWatch = watchSettings(settings, log);
  const queue = createRedisQueue({
    redis,
    topics,
    clock,
    log,
    report,
    ttlMs: keptMs,
    settings,
    onSettings: settingsWatch.compare,
    slots,
    maxWaiting,
    maxWaitingPerClient,
    closeGraceMs,
  });
  const pubsub = createRedisPubSub({ redis, topics, store, clock, log, report });
  const erasureTopic = createRedisErasureTopic(redis, topics, clock, report);
  const purging = createRedisPurge(redis, clock, log);
  const ready = async (): Promise<void> => {
    await Promise.all([durability.atStart(), subscriber.ready(), clock.synced(), waiter?.ready()]);
    await erasureTopic.start();
  };
  return {
    store,
    swapIndex: createRedisSwapIndex(redis),
    queue,
    pubsub,
    outbox: createRedisOutbox(redis),
    latePolls: createRedisSchedule(redis, 'late-poll'),
    archiveJobs: createRedisSchedule(redis, 'archive-job'),
    erasures: createKeyvErasureStore(createRedisKeyvAdapter(redis, { namespace: 'erasures', clock }), clock),
    erasureJobs: createRedisSchedule(redis, 'erasure-job'),
    erasureTopic,
    purge: purging.purge,
    usage: createRedisUsage(redis, clock),
    consents: createRedisConsents(redis),
    clock,
    dueNow: () => dueNow(),
    takeTurn: createRedisTurns(redis),
    isShared: true,
    size: async () => ({ redis: await readMemory(redis) }),
    settingsConflicts: settingsWatch.conflicts,
    ready,
    async restoration(isDeclared) {
      if (!isDeclared) return undefined;
      await ready();
      return findRestoration({ redis, clock, ttlMs: keptMs });
    },
    isUpgraded: () => isUpgradedRedis(redis),
    secret(name) {
      throw new Error(`${name} must be configured: all instances share it`);
    },
    async close() {
      await queue.close();
      await pubsub.close();
      purging.close();
      erasureTopic.close();
      clock.close();
      subscriber.close();
      waiter?.close();
      redis.close();
    },
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBalancer } from '../../testing/balancer.ts';
import { openFaultProxy } from '../../testing/open-fault-proxy.ts';
import { spawnRedis } from '../../testing/spawn-redis.ts';
import { seededRandom } from './chaos-options.ts';
import type { Deployment } from './deployment.ts';
import { startInstance } from './gateway-instance.ts';
import { createDeathLog, killAll } from './killer.ts';
import { noTimeTroubles } from './time-troubles.ts';
import { type Member, memberTroubles, redisTroubles, strikeAll, type Trouble } from './troubles.ts';

export interface RedisDeploymentOptions {
  instances: number;
  kills: number;
  seed: number;
  /** In addition to those of the gateways and of Redis. */
  troubles: readonly Trouble[];
}

const redisPassword = 'canary-redis-password-of-the-chaos-run';
const signingSecret = `whsec_${Buffer.from('canary signing secret of the chaos run').toString('base64')}`;
/**
 * Longer than a process is stopped: otherwise a process that was stopped just before its POST would send it after the
 * swap has failed and released its slot.
 */
const processingDeadlineMs = 10_000;
const meanLifeMs = 2800;
/** For a process that is stopped between the mark and its POST. */
const longestStopMs = 9000;
/** Longer than any outage of Redis. */
const unstoredMs = 15_000;
/** Mean duration of a disruption, including the pause before it. Each happens this many times, two of five concurrently. */
const meanTroubleMs = 7000;

/** Several gateways behind a balancer, on one Redis, each with a connection to it that can fail. Disruptions start at once. */
export async function deployOnRedis(
  env: Record<string, string>,
  { instances, kills, seed, troubles }: RedisDeploymentOptions,
): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  // Redis responds after the write is on disk: with `everysec` it may respond while the last second is only in memory.
  const redis = await spawnRedis({ durable: true, password: redisPassword });
  const ports: number[] = [];
  const balancer = await startBalancer(ports);
  const deaths = createDeathLog();
  const struck: Record<string, number> = {};

  const members = await Promise.all(
    Array.from({ length: instances }, async (_, index): Promise<Member> => {
      const network = await openFaultProxy(redis.port);
      const own = {
        PUBLIC_URL: balancer.url,
        REDIS_URL: redis.url.replace(String(redis.port), String(network.port)),
        WEBHOOK_SIGNING_SECRET: signingSecret,
        PROCESSING_DEADLINE_MS: String(processingDeadlineMs),
        DATA_DIR: join(folder, String(index)),
      };
      const instance = await startInstance({
        env: { ...env, ...own },
        random: seededRandom(seed + 10 + index),
        mostVisits: 8,
        onEnd: deaths.note,
      });
      return { instance, network };
    }),
  );
  ports.push(...members.map(({ instance }) => instance.port));

  const times = Math.ceil(kills / 4);
  const onStruck = (name: string): void => {
    struck[name] = (struck[name] ?? 0) + 1;
  };
  const trouble = Promise.all([
    killAll(
      members.map(({ instance }) => instance),
      { kills, random: seededRandom(seed + 1), deaths },
    ),
    strikeAll(
      [...memberTroubles(members), ...troubles],
      { times, atOnce: 2, random: seededRandom(seed + 3) },
      onStruck,
    ),
    strikeAll(redisTroubles(redis, members), { times, atOnce: 1, random: seededRandom(seed + 4) }, onStruck),
  ]);
  trouble.catch(() => undefined);

  return {
    url: balancer.url,
    durationMs: Math.max(kills * meanLifeMs, 2.5 * times * meanTroubleMs),
    async calm() {
      await trouble;
      await Promise.all(members.map(({ instance }) => instance.calm()));
    },
    async close() {
      await Promise.all(members.map(({ instance }) => instance.close()));
      for (const { network } of members) network.close();
      await balancer.close();
      await redis.remove();
      rmSync(folder, { recursive: true, force: true });
    },
    output: () => members.map(({ instance }) => instance.output()).join(''),
    secrets: [redisPassword, signingSecret],
    deaths,
    unstoredMs,
    deadlineMs: processingDeadlineMs,
    markMs: longestStopMs,
    // Times come from Redis, and each stop is shorter than `markMs` and `unstoredMs`.
    timeTroubles: noTimeTroubles,
    facts: () => ({
      'kills of a gateway': deaths.count(),
      ...struck,
      ...Object.fromEntries(
        balancer.accepted().map((count, index) => [`connections to instance ${index + 1}`, count]),
      ),
    }),
  };
}

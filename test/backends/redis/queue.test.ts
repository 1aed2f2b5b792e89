import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../../src/backends/redis/connection.js';
import { createRedisQueue } from '../../../src/backends/redis/queue.js';
import type { RunTimes } from '../../../src/backends/redis/runs.js';
import { createRedisTopics } from '../../../src/backends/redis/topics.js';
import { systemClock } from '../../../src/lib/clock.js';
import type { RunOutcome, SwapQueue } from '../../../src/swap/ports.js';
import { captureLog } from '../../../testing/capture-log.js';
import { startFaultProxy } from '../../../testing/fault-proxy.js';
import { redisForTests, startRedis } from '../../../testing/redis-server.js';
import { patienceMs } from '../../../testing/timeouts.js';
import { unexpected } from '../../../testing/unexpected.js';

const server = redisForTests();
const quickTimes: RunTimes = { heartbeatMs: 50, leaseMs: 400 };
/** Too long for a test to wait for a heartbeat or a lease. */
const slowTimes: RunTimes = { heartbeatMs: 3 * patienceMs, leaseMs: 15 * patienceMs };

interface Run {
  id: string;
  signal: AbortSignal;
  holdsSlot(): Promise<boolean>;
  end(outcome?: RunOutcome): void;
  breakOff(): void;
}

interface Instance {
  queue: SwapQueue;
  runs: Run[];
  add(...ids: string[]): Promise<void>;
  /** Adds a swap that expires after that many milliseconds in the queue. */
  addExpiring(id: string, ms: number): Promise<void>;
  started(): string[];
  /** Cuts the instance off from Redis, as if its process hung or had died. */
  silence(): void;
}

async function startInstance(
  url: string,
  prefix: string,
  slots: number,
  times: RunTimes = quickTimes,
): Promise<Instance> {
  const connect = async () => {
    const redis = connectRedis({ url, prefix });
    await redis.ready();
    onTestFinished(() => {
      if (redis.client.isOpen) redis.close();
    });
    return redis;
  };
  const redis = await connect();
  const topics = createRedisTopics(await connect());
  const { log } = captureLog();
  const limits = { slots, maxWaiting: 1000, maxWaitingPerClient: 1000 };
  const queue = createRedisQueue({
    report: unexpected,
    redis,
    topics,
    clock: systemClock,
    log,
    ttlMs: 60_000,
    times,
    ...limits,
  });
  const runs: Run[] = [];
  queue.start({
    run: (id, signal, slot) =>
      new Promise((resolve, reject) => {
        const end = (outcome: RunOutcome = { kind: 'finished' }): void => resolve(outcome);
        runs.push({
          id,
          signal,
          holdsSlot: slot.isHeld,
          end,
          breakOff: () => reject(new Error('store failed')),
        });
      }),
    expire: async () => undefined,
  });
  onTestFinished(async () => {
    for (const { end } of runs) end({ kind: 'interrupted' });
    await queue.close();
  });
  const addExpiring = async (id: string, ms: number): Promise<void> => {
    const reservation = await queue.reserve('ann');
    await reservation.fill({ id, client: 'ann', expiresAt: Date.now() + ms });
  };
  return {
    queue,
    runs,
    addExpiring,
    async add(...ids) {
      for (const id of ids) await addExpiring(id, 60_000);
    },
    started: () => runs.map(({ id }) => id),
    silence: () => redis.close(),
  };
}

const startTwo = async (slots: number, times = quickTimes) => {
  const prefix = server.newPrefix();
  const start = () => startInstance(server.url, prefix, slots, times);
  return Promise.all([start(), start()]);
};

test('all instances together run no more swaps than there are slots, and each swap once', async () => {
  const [a, b] = await startTwo(3);
  const ids = Array.from({ length: 30 }, (_, n) => String(n).padStart(2, '0'));
  await Promise.all([a.add(...ids.slice(0, 15)), b.add(...ids.slice(15))]);
  const live = new Set<Run>();
  const seen = new Set<Run>();
  while (seen.size < ids.length) {
    for (const run of [...a.runs, ...b.runs]) {
      if (seen.has(run)) continue;
      seen.add(run);
      live.add(run);
    }
    expect(live.size).toBeLessThanOrEqual(3);
    const [oldest] = live;
    if (oldest) {
      live.delete(oldest);
      oldest.end();
    }
    await sleep(2);
  }
  expect([...a.started(), ...b.started()].sort()).toEqual(ids);
});

test('runs of a dead instance are taken over by another, in the same slots and before all waiting swaps', async () => {
  const [a, b] = await startTwo(1);
  await a.add('a1', 'a2');
  await expect.poll(() => [...a.started(), ...b.started()]).toEqual(['a1']);
  const [dead, alive] = a.runs.length > 0 ? [a, b] : [b, a];
  dead.silence();
  await expect.poll(alive.started).toEqual(['a1']);
  expect(await alive.queue.counts()).toMatchObject({ waiting: 1, running: 1 });
  alive.runs[0]?.end();
  await expect.poll(alive.started).toEqual(['a1', 'a2']);
});

test('a run whose lease could not be renewed is aborted, and no longer holds its slot', async () => {
  const prefix = server.newPrefix();
  const proxy = await startFaultProxy(Number(new URL(server.url).port));
  const slow = await startInstance(`redis://127.0.0.1:${proxy.port}`, prefix, 1);
  await slow.add('x');
  await expect.poll(slow.started).toEqual(['x']);
  const other = await startInstance(server.url, prefix, 1);
  expect(await slow.runs[0]?.holdsSlot()).toBe(true);
  proxy.freeze();
  await expect.poll(other.started).toEqual(['x']);
  const answer = slow.runs[0]?.holdsSlot();
  proxy.thaw();
  expect(await answer).toBe(false);
  await expect.poll(() => slow.runs[0]?.signal.aborted).toBe(true);
  slow.runs[0]?.end();
  await sleep(3 * quickTimes.heartbeatMs);
  expect(await other.runs[0]?.holdsSlot()).toBe(true);
  expect(await other.queue.counts()).toMatchObject({ waiting: 0, running: 1 });
});

test('an instance that closes hands its runs to another at once, before all waiting swaps', async () => {
  const [a, b] = await startTwo(1, slowTimes);
  await a.add('x', 'y');
  await expect.poll(() => [...a.started(), ...b.started()]).toEqual(['x']);
  const [first, second] = a.runs.length > 0 ? [a, b] : [b, a];
  const [run] = first.runs;
  run?.signal.addEventListener('abort', () => run.end({ kind: 'interrupted' }));
  await first.queue.close();
  await expect.poll(second.started).toEqual(['x']);
  expect(await second.queue.counts()).toMatchObject({ waiting: 1, running: 1 });
});

test('a failed run keeps its slot, however long its swap was at ModelsLab', async () => {
  const [a, b] = await startTwo(1);
  const started = () => [...a.started(), ...b.started()];
  await a.addExpiring('x', 300);
  await expect.poll(started).toEqual(['x']);
  await a.add('y');
  await sleep(400);
  [...a.runs, ...b.runs][0]?.breakOff();
  await expect.poll(() => started().length).toBe(2);
  expect(started()).toEqual(['x', 'x']);
  expect(await a.queue.counts()).toMatchObject({ waiting: 1, running: 1 });
});

test('a failed run delays no other swap', async () => {
  const [a, b] = await startTwo(2, slowTimes);
  const started = () => [...a.started(), ...b.started()];
  await a.add('x', 'y');
  await expect.poll(started).toHaveLength(2);
  const [x, y] = [...a.runs, ...b.runs];
  x?.breakOff();
  y?.end();
  await a.add('z');
  await expect.poll(started).toContain('z');
});

test('no instance loses its runs because Redis hung for longer than a lease', async () => {
  const redis = await startRedis();
  const prefix = server.newPrefix();
  const proxy = await startFaultProxy(Number(new URL(redis.url).port));
  const runner = await startInstance(`redis://127.0.0.1:${proxy.port}`, prefix, 1);
  await runner.add('x');
  await expect.poll(runner.started).toEqual(['x']);
  const other = await startInstance(redis.url, prefix, 1);
  redis.signal('SIGSTOP');
  proxy.freeze();
  await sleep(3 * quickTimes.leaseMs);
  redis.signal('SIGCONT');
  // The heartbeat of the other instance arrives first.
  await sleep(quickTimes.leaseMs / 3);
  proxy.thaw();
  await sleep(2 * quickTimes.leaseMs);
  expect(other.started()).toEqual([]);
  expect(runner.runs[0]?.signal.aborted).toBe(false);
  expect(await runner.runs[0]?.holdsSlot()).toBe(true);
});

test('clients of all instances take turns', async () => {
  const [a, b] = await startTwo(1);
  await a.add('running', 'a1', 'a2', 'a3');
  const reservation = await b.queue.reserve('bob');
  await reservation.fill({ id: 'b1', client: 'bob', expiresAt: Date.now() + 60_000 });
  const positions = await Promise.all(['a1', 'b1', 'a2', 'a3', 'running'].map((id) => a.queue.position(id)));
  expect(positions).toEqual([1, 2, 3, 4, null]);
});

test('a reservation of a process that died expires', async () => {
  const prefix = server.newPrefix();
  const instance = await startInstance(server.url, prefix, 1);
  await instance.queue.reserve('ann');
  const redis = connectRedis({ url: server.url, prefix });
  onTestFinished(() => redis.close());
  await redis.ready();
  const ttl = await redis.client.pTTL(`${prefix}queue:reserved:ann`);
  expect(ttl).toBeGreaterThan(0);
});

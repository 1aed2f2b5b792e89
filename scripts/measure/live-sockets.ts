import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchDeployment, prefix } from './bench-deployment.ts';
import { connectSubscriber, type Subscriber } from './subscriber.ts';

/** One instance with many sockets, each subscribed to a waiting swap of its own. */
export interface LiveSockets {
  sockets: number;
  /** Sockets per second that were opened, acknowledged, subscribed and sent their first state. */
  opensPerSecond: number;
  /** Resident memory of the instance per socket. */
  bytesPerSocket: number;
  /** Redis memory per subscription and per waiting swap. */
  redisBytesPerSubscription: number;
  redisBytesPerSwap: number;
  /** States per second that the instance pushed to its subscribers, one event from Redis each. */
  pushesPerSecond: number;
  /** Redis CPU per push, microseconds. */
  redisUsPerPush: number;
  /** Redis CPU to look up the position of one watched, waiting swap each time the queue moved; microseconds. */
  redisUsPerPosition: number;
}

const firstTrackId = 5_000_000;
const rounds = 10;
const moves = 5;

export async function measureLiveSockets(deployment: BenchDeployment, sockets: number): Promise<LiveSockets> {
  const { gateways, redis, redisInfo, requestSwap } = deployment;
  const [other, holder] = gateways;
  const usedMemory = async (): Promise<number> => (await redisInfo('memory'))['used_memory'] ?? 0;
  const readCpu = async (): Promise<number> => {
    const cpu = await redisInfo('cpu');
    return ((cpu['used_cpu_user'] ?? 0) + (cpu['used_cpu_sys'] ?? 0)) * 1e6;
  };

  const emptyRedis = await usedMemory();
  const ids = await inParallel(sockets, (n) => requestSwap(other.url, firstTrackId + n));
  const fullRedis = await usedMemory();

  let received = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let resolveAllReceived: () => void = () => undefined;
  const onNext = (): void => {
    received += 1;
    if (received >= wanted) resolveAllReceived();
  };
  const emptyBytes = residentBytes(holder.child.pid);
  const openingAt = performance.now();
  const subscribers = await inParallel<Subscriber>(sockets, async (n) => {
    const subscriber = await connectSubscriber(holder.url);
    await subscriber.subscribe(ids[n] ?? '', onNext);
    return subscriber;
  });
  const openS = (performance.now() - openingAt) / 1000;
  // By then, the memory of the handshakes has been returned, as far as it will be.
  await sleep(3000);
  const bytesPerSocket = (residentBytes(holder.child.pid) - emptyBytes) / sockets;
  const redisBytesPerSubscription = ((await usedMemory()) - fullRedis) / sockets;

  // The queue moves: the position of every watched, waiting swap is looked up. Nothing is pushed, since no position has
  // changed.
  const beforeMoves = await readCpu();
  for (let n = 0; n < moves; n++) {
    await redis.publish(`${prefix}queue:changes`, 'moved');
    await sleep(2000);
  }
  const redisUsPerPosition = Math.max((await readCpu()) - beforeMoves, 0) / (moves * sockets);

  const beforePushes = await readCpu();
  const pushingAt = performance.now();
  for (let round = 1; round <= rounds; round++) {
    const allHeard = new Promise<void>((resolve) => {
      resolveAllReceived = resolve;
    });
    received = 0;
    wanted = sockets;
    for (const id of ids) void redis.publish(`${prefix}swap:${id}`, JSON.stringify(eventOf(id, round)));
    await allHeard;
  }
  const pushS = (performance.now() - pushingAt) / 1000;
  const redisUsPerPush = ((await readCpu()) - beforePushes) / (rounds * sockets);
  for (const subscriber of subscribers) subscriber.close();
  return {
    sockets,
    opensPerSecond: sockets / openS,
    bytesPerSocket,
    redisBytesPerSubscription,
    redisBytesPerSwap: (fullRedis - emptyRedis) / sockets,
    pushesPerSecond: (rounds * sockets) / pushS,
    redisUsPerPush,
    redisUsPerPosition,
  };
}

/** The event that a gateway would publish about a swap at ModelsLab, newer in each round. */
function eventOf(id: string, round: number): object {
  const now = Date.now();
  const image = 'https://images.example.com/a.jpg';
  return {
    id,
    client: 'local',
    request: { initImage: image, targetImage: image, referenceImage: image, watermark: true },
    status: 'PROCESSING',
    createdAt: now,
    submittedAt: now,
    updatedAt: now + round,
  };
}

async function inParallel<Result>(count: number, work: (n: number) => Promise<Result>): Promise<Result[]> {
  const results = new Array<Result>(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      results[n] = await work(n);
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  return results;
}

function residentBytes(pid: number | undefined): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

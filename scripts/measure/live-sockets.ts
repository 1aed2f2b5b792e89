import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchDeployment, prefix } from './bench-deployment.ts';
import { connectSubscriber, type Subscriber } from './subscriber.ts';

/** One instance that holds many sockets, each with a subscription to a waiting swap of its own. */
export interface LiveSockets {
  sockets: number;
  /** Sockets opened, greeted, subscribed and given their first state, in a second. */
  opensPerSecond: number;
  /** Resident memory of the instance, for each socket. */
  bytesPerSocket: number;
  /** Memory of Redis, for each subscription, and for each waiting swap. */
  redisBytesPerSubscription: number;
  redisBytesPerSwap: number;
  /** States that the instance sent to its subscribers in a second, news from Redis one by one. */
  pushesPerSecond: number;
  /** Redis' CPU for one push, microseconds. */
  redisUsPerPush: number;
  /** Redis' CPU to tell one watched, waiting swap its place, each time the queue moved; microseconds. */
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

  let heard = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let tellAllHeard: () => void = () => undefined;
  const onNext = (): void => {
    heard += 1;
    if (heard >= wanted) tellAllHeard();
  };
  const emptyBytes = residentBytes(holder.child.pid);
  const openingAt = performance.now();
  const subscribers = await inParallel<Subscriber>(sockets, async (n) => {
    const subscriber = await connectSubscriber(holder.url);
    await subscriber.subscribe(ids[n] ?? '', onNext);
    return subscriber;
  });
  const openS = (performance.now() - openingAt) / 1000;
  // Memory of the handshakes has been given back by then, as far as it will be.
  await sleep(3000);
  const bytesPerSocket = (residentBytes(holder.child.pid) - emptyBytes) / sockets;
  const redisBytesPerSubscription = ((await usedMemory()) - fullRedis) / sockets;

  // The queue moves: every watched swap that waits is asked for. Nothing is pushed, since no place has changed.
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
      tellAllHeard = resolve;
    });
    heard = 0;
    wanted = sockets;
    for (const id of ids) void redis.publish(`${prefix}swap:${id}`, JSON.stringify(newsOf(id, round)));
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

/** What a gateway would publish about a swap at ModelsLab, each round newer than the last. */
function newsOf(id: string, round: number): object {
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

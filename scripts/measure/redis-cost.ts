import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDeployment } from './bench-deployment.ts';
import { connectSubscriber } from './subscriber.ts';

/** Redis' cost per swap, from its request, with a subscription at the other instance, to its webhook. */
export interface RedisCost {
  /** Commands that gateways send per swap. */
  sentPerSwap: number;
  /** Commands executed per swap, including those within scripts. */
  executedPerSwap: number;
  /** Redis CPU per swap, microseconds. */
  cpuUsPerSwap: number;
  /** Commands and CPU (microseconds) per second of one idle instance. */
  idleSentPerSecond: number;
  idleCpuUsPerSecond: number;
  swapsPerSecond: number;
}

const firstTrackId = 1_000_000;
const concurrency = 16;
const idleMs = 5000;

export async function measureRedisCost(deployment: BenchDeployment, swaps: number): Promise<RedisCost> {
  const { redis, redisInfo } = deployment;
  const monitor = redis.duplicate();
  await monitor.connect();
  const sent: string[] = [];
  await monitor.monitor((line) => {
    const [, source] = /\[\d+ (\S+)\] "/.exec(String(line)) ?? [];
    if (source !== 'lua') sent.push(source ?? '');
  });
  const { addr: own } = await redis.clientInfo();
  const countSent = (): number => sent.filter((source) => source !== own).length;

  await sleep(idleMs);
  const idleSent = countSent() / 2 / (idleMs / 1000);
  sent.length = 0;
  const watchedAt = performance.now();
  await runSwaps(deployment, firstTrackId, swaps);
  const watchedS = (performance.now() - watchedAt) / 1000;
  const sentPerSwap = (countSent() - 2 * idleSent * watchedS) / swaps;
  monitor.destroy();

  // Without MONITOR, which costs Redis more than the swaps do.
  const readCpu = async (): Promise<number> => {
    const cpu = await redisInfo('cpu');
    return ((cpu['used_cpu_user'] ?? 0) + (cpu['used_cpu_sys'] ?? 0)) * 1e6;
  };
  const readExecuted = async (): Promise<number> =>
    (await redisInfo('stats'))['total_commands_processed'] ?? 0;
  const idleFrom = { cpu: await readCpu(), executed: await readExecuted() };
  await sleep(idleMs);
  const idle = {
    cpu: ((await readCpu()) - idleFrom.cpu) / (idleMs / 1000),
    executed: ((await readExecuted()) - idleFrom.executed) / (idleMs / 1000),
  };
  const from = { cpu: await readCpu(), executed: await readExecuted(), at: performance.now() };
  await runSwaps(deployment, 2 * firstTrackId, swaps);
  const seconds = (performance.now() - from.at) / 1000;
  return {
    sentPerSwap,
    executedPerSwap: ((await readExecuted()) - from.executed - idle.executed * seconds) / swaps,
    cpuUsPerSwap: ((await readCpu()) - from.cpu - idle.cpu * seconds) / swaps,
    idleSentPerSecond: idleSent,
    idleCpuUsPerSecond: idle.cpu / 2,
    swapsPerSecond: swaps / seconds,
  };
}

async function runSwaps(
  { gateways: [near, far], requestSwap, sendWebhook }: BenchDeployment,
  firstTrack: number,
  swaps: number,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    const subscriber = await connectSubscriber(far.url);
    while (next < swaps) {
      const trackId = firstTrack + next++;
      const id = await requestSwap(near.url, trackId);
      await new Promise<void>((resolve, reject) => {
        const check = (text: string): void => {
          if (text.includes('"SUCCEEDED"')) resolve();
        };
        subscriber.subscribe(id, check).then(check, reject);
        sendWebhook(near.url, trackId).catch(reject);
      });
    }
    subscriber.close();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import {
  type BenchDeployment,
  prefix,
  startBenchDeployment,
} from '../../scripts/measure/bench-deployment.ts';
import type { queueScripts as QueueScripts } from '../../src/backends/redis/scripts.js';
import type { Bench } from '../scenario.ts';
import { type Matter, takeTurns } from './neighbor-rounds.ts';

const pollsPerSecond = 100;
const hourMs = 3_600_000;
const mutation = 'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }';
const query = 'query ($id: ID!) { swapResult(id: $id) { id queuePosition } }';

/** A queue in which thousands of clients wait: Redis's CPU for mutations that want no position, and for polls that do. */
export async function besideFullQueue(bench: Bench): Promise<Matter[]> {
  const waiting = bench.pick(5000, 500);
  const start = async (clients: number): Promise<{ deployment: BenchDeployment; position: string }> => {
    const deployment = await startBenchDeployment(1);
    bench.own({ stop: deployment.stop });
    // The one slot is taken by the first, so everything after it waits.
    await deployment.requestSwap(deployment.gateways[0].url, 1);
    await deployment.modelsLab.submission(1);
    await fillQueue(deployment, clients);
    const position = await deployment.requestSwap(deployment.gateways[0].url, 2);
    const answer = await post(deployment, query, { id: position });
    if (!answer.includes(`"queuePosition":${clients + 1}}`))
      throw new Error(`not ${clients} wait: ${answer}`);
    return { deployment, position };
  };
  const [alone, beside] = [await start(0), await start(waiting)];
  const count = bench.pick(300, 50);
  const mutate = async ({ deployment }: typeof alone, round: number): Promise<number> => {
    const cpuUs = await measureCpuUs(deployment, async () => {
      for (let index = 0; index < count; index += 1)
        await post(deployment, mutation, { input: input(1000 + round * count + index) });
    });
    return cpuUs / count;
  };
  const seconds = bench.pick(3, 1);
  const poll = async ({ deployment, position }: typeof alone): Promise<number> => {
    const cpuUs = await measureCpuUs(deployment, async () => {
      const polls: Promise<unknown>[] = [];
      const timer = setInterval(
        () => void polls.push(post(deployment, query, { id: position })),
        1000 / pollsPerSecond,
      );
      await sleep(seconds * 1000);
      clearInterval(timer);
      await Promise.all(polls);
    });
    return (cpuUs / (seconds * 1e6)) * 100;
  };
  await Promise.all([mutate(alone, 99), mutate(beside, 99)]);
  const turns = bench.pick(5, 1);
  const mutations = await takeTurns(turns, {
    alone: (round) => mutate(alone, round),
    beside: (round) => mutate(beside, round),
  });
  const polls = await takeTurns(turns, { alone: () => poll(alone), beside: () => poll(beside) });
  await Promise.all([alone.deployment.stop(), beside.deployment.stop()]);
  const misbehavior = `${waiting.toLocaleString('en-US')} clients with a waiting swap, on Redis`;
  return [
    { misbehavior, seen: 'Redis CPU for a mutation of `{ id }`, µs', rounds: mutations },
    {
      misbehavior,
      seen: `Redis CPU while a position is polled ${pollsPerSecond} times a second, % of a core`,
      rounds: polls,
      target: { most: 5, unit: '% of a core' },
    },
  ];
}

/** Adds entries of so many clients to the queue by the gateway's own script; nothing hands them out. */
async function fillQueue({ redis }: BenchDeployment, clients: number): Promise<void> {
  const { queueScripts } = (await import(`${'../../dist/src/backends/redis/scripts.js'}`)) as {
    queueScripts: typeof QueueScripts;
  };
  for (let client = 0; client < clients; client += 1) {
    const entry = [
      `client-${client}`,
      '',
      `waiting-${client}`,
      String(Date.now() + hourMs),
      '0',
      String(hourMs),
    ];
    await redis.eval(queueScripts.add.text, { arguments: [prefix, ...entry] });
  }
}

async function measureCpuUs({ redisInfo }: BenchDeployment, work: () => Promise<void>): Promise<number> {
  const read = async (): Promise<number> => {
    const cpu = await redisInfo('cpu');
    return ((cpu['used_cpu_user'] ?? 0) + (cpu['used_cpu_sys'] ?? 0)) * 1e6;
  };
  const before = await read();
  await work();
  return (await read()) - before;
}

async function post(
  { gateways: [gateway] }: BenchDeployment,
  text: string,
  variables: object,
): Promise<string> {
  const answer = await request(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  const body = await answer.body.text();
  if (!body.includes('"data":{')) throw new Error(`answered ${answer.statusCode}: ${body}`);
  return body;
}

function input(trackId: number): object {
  const image = (kind: string): string => `https://images.example.com/${trackId}/${kind}.jpg`;
  return {
    initImage: image('init'),
    targetImage: image('target'),
    referenceImage: image('reference'),
    trackId,
  };
}

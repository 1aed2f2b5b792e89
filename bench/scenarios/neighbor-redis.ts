import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import {
  type BenchDeployment,
  prefix,
  startBenchDeployment,
} from '../../scripts/measure/bench-deployment.ts';
import type { queueScripts as QueueScripts } from '../../src/backends/redis/scripts.js';
import type { Bench } from '../scenario.ts';
import { type Measurement, takeTurns } from './neighbor-rounds.ts';

const pollsPerSecond = 100;
const hourMs = 3_600_000;
const mutation = 'mutation ($input: SingleFaceSwapInput!) { singleFaceSwap(input: $input) { id } }';
const query = 'query ($id: ID!) { swapResult(id: $id) { id queuePosition } }';

/** Redis CPU with thousands of clients in the queue: for mutations that select no position, and for polls that do. */
export async function withFullQueue(bench: Bench): Promise<Measurement[]> {
  const waiting = bench.pick(5000, 500);
  const start = async (clients: number): Promise<{ deployment: BenchDeployment; position: string }> => {
    const deployment = await startBenchDeployment(1);
    bench.own({ stop: deployment.stop });
    // The first swap occupies the only slot, so all others wait.
    await deployment.requestSwap(deployment.gateways[0].url, 1);
    await deployment.modelsLab.submission(1);
    await fillQueue(deployment, clients);
    const position = await deployment.requestSwap(deployment.gateways[0].url, 2);
    const response = await post(deployment, query, { id: position });
    if (!response.includes(`"queuePosition":${clients + 1}}`))
      throw new Error(`not ${clients} swaps wait: ${response}`);
    return { deployment, position };
  };
  const [undisturbed, disturbed] = [await start(0), await start(waiting)];
  const count = bench.pick(300, 50);
  const mutate = async ({ deployment }: typeof undisturbed, round: number): Promise<number> => {
    const cpuUs = await measureCpuUs(deployment, async () => {
      for (let index = 0; index < count; index += 1)
        await post(deployment, mutation, { input: input(1000 + round * count + index) });
    });
    return cpuUs / count;
  };
  const seconds = bench.pick(3, 1);
  const poll = async ({ deployment, position }: typeof undisturbed): Promise<number> => {
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
  await Promise.all([mutate(undisturbed, 99), mutate(disturbed, 99)]);
  const turns = bench.pick(5, 1);
  const mutations = await takeTurns(turns, {
    undisturbed: (round) => mutate(undisturbed, round),
    disturbed: (round) => mutate(disturbed, round),
  });
  const polls = await takeTurns(turns, {
    undisturbed: () => poll(undisturbed),
    disturbed: () => poll(disturbed),
  });
  await Promise.all([undisturbed.deployment.stop(), disturbed.deployment.stop()]);
  const misbehavior = `${waiting.toLocaleString('en-US')} clients with a waiting swap, on Redis`;
  return [
    { misbehavior, metric: 'Redis CPU for a mutation of `{ id }`, µs', rounds: mutations },
    {
      misbehavior,
      metric: `Redis CPU while a position is polled ${pollsPerSecond} times per second, % of a core`,
      rounds: polls,
      target: { most: 5, unit: '% of a core' },
    },
  ];
}

/** Adds entries of that many clients to the queue, by the gateway's own script. No instance takes them. */
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
  const response = await request(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  const body = await response.body.text();
  if (!body.includes('"data":{')) throw new Error(`the response was ${response.statusCode}: ${body}`);
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

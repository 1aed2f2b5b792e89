import { join } from 'node:path';
import { percentile } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { runQuery, swapInput } from '../process/graphql.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench } from '../scenario.ts';

/** The values measured in one round: without and with the misbehavior of another client. */
export interface Round {
  undisturbed: number;
  disturbed: number;
}

/** One row of the table. */
export interface Measurement {
  misbehavior: string;
  /** What is measured, with its unit. */
  metric: string;
  rounds: Round[];
  /** Limit of the disturbed value. Default: a limit of the ratio. `false`: no limit, for comparison only. */
  target?: false | { most: number; unit: string };
}

/** Two gateways with the same settings; misbehavior goes to the second one only. */
export interface Pair {
  undisturbed: Server;
  disturbed: Server;
  stop(): Promise<void>;
}

/** Alternates between both, so that both measure the machine in the same state. */
export async function takeTurns(
  rounds: number,
  { undisturbed, disturbed }: Record<keyof Round, (round: number) => Promise<number>>,
): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1)
    measured.push({ undisturbed: await undisturbed(round), disturbed: await disturbed(round) });
  return measured;
}

/** @param host of ModelsLab's stub, which completes every swap at once */
export async function startPair(
  bench: Bench,
  env: Record<string, string> = {},
  host = '127.0.0.1',
): Promise<Pair> {
  const upstream = await startUpstream(bench);
  const upstreamUrl = `${upstream.url.replace('127.0.0.1', host)}/success`;
  const start = async (): Promise<Server> =>
    bench.own(
      await startGateway({
        core: 'server',
        folder: join(bench.folder('neighbors'), 'gateway'),
        upstreamUrl,
        env,
      }),
    );
  const [undisturbed, disturbed] = [await start(), await start()];
  return {
    undisturbed,
    disturbed,
    async stop() {
      await Promise.all([undisturbed.stop(), disturbed.stop(), upstream.stop()]);
    },
  };
}

/** Runs one swap until it has finished. @param as the client's `Authorization` header @returns the swap's id */
export async function runSwap(url: string, trackId: number, webhook?: string, as?: string): Promise<string> {
  const input = { ...swapInput(trackId), ...(webhook !== undefined && { webhook }) };
  const { singleFaceSwap: swap } = await runQuery<{ singleFaceSwap: { id: string; status: string } }>(
    url,
    'SingleFaceSwap',
    { input, wait: 30 },
    as,
  );
  if (swap.status !== 'SUCCEEDED') throw new Error(`swap ${swap.id} is ${swap.status}`);
  return swap.id;
}

/** Runs `work` sequentially, `count` times. @returns the median duration, milliseconds */
export async function medianMs(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await work(index);
    times.push(performance.now() - began);
  }
  return percentile(times, 0.5);
}

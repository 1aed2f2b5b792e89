import { join } from 'node:path';
import { percentile } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { runQuery, swapInput } from '../process/graphql.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench } from '../scenario.ts';

/** One round: what a client gets while it is undisturbed, and while another one misbehaves. */
export interface Round {
  alone: number;
  beside: number;
}

/** One line of the table. */
export interface Matter {
  misbehavior: string;
  /** What is measured, with its unit. */
  seen: string;
  rounds: Round[];
  /** Limit of the value beside the misbehavior. Default: of the ratio. `false`: none, for comparison only. */
  target?: false | { most: number; unit: string };
}

/** Two gateways with the same settings; misbehavior goes to the second one only. */
export interface Pair {
  alone: Server;
  beside: Server;
  stop(): Promise<void>;
}

/** Measures both, in turn, so that both see the same machine. */
export async function takeTurns(
  rounds: number,
  { alone, beside }: Record<keyof Round, (round: number) => Promise<number>>,
): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1)
    measured.push({ alone: await alone(round), beside: await beside(round) });
  return measured;
}

/** @param host under which both find the stub of ModelsLab, which ends every swap at once */
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
  const [alone, beside] = [await start(), await start()];
  return {
    alone,
    beside,
    async stop() {
      await Promise.all([alone.stop(), beside.stop(), upstream.stop()]);
    },
  };
}

/** Runs one swap to its end. @param webhook of the client @param as who requests it @returns its id */
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

/** Does it so often, one after the other. @returns the median of the milliseconds */
export async function medianMs(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await work(index);
    times.push(performance.now() - began);
  }
  return percentile(times, 0.5);
}

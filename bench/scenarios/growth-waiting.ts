import { setTimeout as sleep } from 'node:timers/promises';
import { show } from '../measure/format.ts';
import { percentile } from '../measure/statistics.ts';
import type { Server } from '../process/child.ts';
import { startGateway } from '../process/gateway.ts';
import { inParallel, requestSwap, runQuery } from '../process/graphql.ts';
import { residentMb } from '../process/resident.ts';
import { startUpstream } from '../process/upstream.ts';
import type { Bench, ScenarioResult } from '../scenario.ts';
import type { Submission } from '../upstream/wire.ts';
import { liveEnv, readSubmissions } from './live-swaps.ts';
import { sendWebhook } from './push-targets.ts';

const slots = 5;
const gapMs = 3;

/** Measures new swaps, queue positions and the start of waiting swaps when many wait for a free slot at ModelsLab. */
export async function growthOfQueue(bench: Bench): Promise<ScenarioResult> {
  const upstream = await startUpstream(bench);
  const gateway = bench.own(
    await startGateway({
      core: 'server',
      folder: bench.folder('gateway'),
      upstreamUrl: `${upstream.url}/processing`,
      env: { ...liveEnv, MODELSLAB_QUEUE_LIMIT: String(slots) },
    }),
  );
  const samples = bench.pick(200, 30);
  const submitted = createSubmissionReader(upstream);
  let number = 0;
  const request = () => requestSwap(gateway.url, ++number);
  for (let slot = 0; slot < slots; slot += 1) {
    await request();
    await submitted.next();
  }
  // Warms up with an empty queue: each swap is submitted at once.
  for (let round = 0; round < samples; round += 1) await handOut(gateway, submitted, request);

  const rows: string[][] = [];
  for (const count of bench.pick([0, 1000, 10_000], [0, 1000])) {
    const waiting = await countWaiting(gateway);
    await inParallel(Math.max(0, count - waiting), 50, request);
    const handOuts: number[] = [];
    const mutations: number[] = [];
    const positions: number[] = [];
    for (let round = 0; round < samples; round += 1) {
      const began = performance.now();
      const { id } = await request();
      mutations.push(performance.now() - began);
      positions.push(await readPosition(gateway, id, await countWaiting(gateway)));
      handOuts.push(await handOut(gateway, submitted));
      await sleep(gapMs);
    }
    bench.log(`growth: ${count} waiting: next submission within ${show(percentile(handOuts, 0.5))} ms`);
    rows.push([
      show(count),
      ...[mutations, positions, handOuts].flatMap((values) =>
        [0.5, 0.99].map((share) => percentile(values, share).toFixed(2)),
      ),
      show(residentMb(gateway.pid)),
    ]);
  }
  await gateway.stop();
  return {
    tables: [
      {
        title: 'Growth: queued swaps',
        note: `${slots} swaps are at the stub, the given number wait; calls one at a time, ${samples} of each. "Mutation" is from requesting a new swap to the response; "position" is reading the last one in the queue, whose position is checked; "submission" is from sending the webhook that finishes a swap until the next one's submission is at the stub.`,
        columns: [
          'waiting',
          ...['mutation', 'position', 'submission'].flatMap((what) => [`${what} p50, ms`, 'p99, ms']),
          'resident MB',
        ],
        rows,
      },
    ],
    targets: [],
  };
}

interface SubmissionReader {
  /** The oldest swap that has not finished. */
  oldest(): Submission;
  /** Waits for one more submission. */
  next(): Promise<Submission>;
}

function createSubmissionReader(upstream: Server): SubmissionReader {
  const open: Submission[] = [];
  let known = 0;
  return {
    oldest() {
      const submission = open.shift();
      if (!submission) throw new Error('nothing is at the stub');
      return submission;
    },
    async next() {
      for (;;) {
        const [submission] = await readSubmissions(upstream, known);
        if (submission) {
          known += 1;
          open.push(submission);
          return submission;
        }
        await sleep(1);
      }
    },
  };
}

/** Finishes a swap at the stub. @returns milliseconds until the next one was submitted */
async function handOut(
  gateway: Server,
  submitted: SubmissionReader,
  request: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  await request();
  const { id, trackId, webhook } = submitted.oldest();
  const began = process.hrtime.bigint();
  const webhookPath = new URL(webhook).pathname;
  await sendWebhook(gateway.url, { modelsLabId: id, trackId: trackId ?? 0, webhookPath });
  const { atNs } = await submitted.next();
  return Number(BigInt(atNs) - began) / 1e6;
}

async function countWaiting({ url }: Server): Promise<number> {
  const { gatewayStatus } = await runQuery<{ gatewayStatus: { queued: number } }>(url, 'GatewayStatus', {});
  return gatewayStatus.queued;
}

/** @returns milliseconds until the response @throws Error if the position is wrong */
async function readPosition({ url }: Server, id: string, expected: number): Promise<number> {
  const began = performance.now();
  const { swapResult } = await runQuery<{ swapResult: { queuePosition: number | null } }>(url, 'SwapResult', {
    id,
  });
  const ms = performance.now() - began;
  if (swapResult.queuePosition !== expected)
    throw new Error(`the last of ${expected} swaps has position ${swapResult.queuePosition}`);
  return ms;
}

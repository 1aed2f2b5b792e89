import { setTimeout as sleep } from 'node:timers/promises';
import type { createSandbox as CreateSandbox, SandboxFaults } from '../../sandbox/sandbox.ts';
import { oracleMs } from '../measure/slot-schedule.ts';
import { startGateway } from '../process/gateway.ts';
import { type AnsweredSwap, inParallel, requestSwap, runQuery } from '../process/graphql.ts';
import type { Bench } from '../scenario.ts';

export const slotCount = 5;
/** Longest duration of a swap whose polls are counted. */
const shortMs = 6000;
const pauseMs = 300;
const patienceMs = 600_000;

export interface SlotRun {
  /** The oracle's time divided by the gateway's: 1 if no slot was ever idle. */
  ratio: number;
  seconds: number;
  /** Polls of the most-polled swap of up to 6 s. */
  mostPolls: number;
}

interface EndedSwap extends AnsweredSwap {
  completedAt: string | null;
}

/** Runs one gateway process against its own sandbox: all swaps are requested at once and run until they finish. */
export async function runSlots(
  bench: Bench,
  { swaps, seed, faults }: { swaps: number; seed: number; faults: Partial<SandboxFaults> },
): Promise<SlotRun> {
  const { createSandbox } = (await import(`${'../../dist/sandbox/sandbox.js'}`)) as {
    createSandbox: typeof CreateSandbox;
  };
  const sandbox = await createSandbox({
    render: false,
    seed,
    queueLimit: slotCount,
    faults: { generationMs: [2000, shortMs], ...faults },
  });
  const owned = bench.own({ stop: sandbox.close });
  const gateway = bench.own(
    await startGateway({
      core: undefined,
      folder: bench.folder('gateway'),
      upstreamUrl: sandbox.baseUrl,
      env: { MODELSLAB_QUEUE_LIMIT: String(slotCount) },
    }),
  );
  try {
    const requested = await inParallel(swaps, 8, (index) =>
      untilAnswered(() => requestSwap(gateway.url, index + 1)),
    );
    const ended = await waitForAll(gateway.url, requested);
    const rows = [...sandbox.submissions()].sort((a, b) => a.acceptedAt - b.acceptedAt);
    if (rows.length !== swaps) throw new Error(`${rows.length} submissions for ${swaps} swaps`);
    const durations = rows.map(({ acceptedAt, finishedAt }) => (finishedAt ?? Number.NaN) - acceptedAt);
    const lastEnd = Math.max(...ended.map(({ completedAt }) => Date.parse(completedAt ?? '')));
    const measuredMs = lastEnd - (rows[0]?.acceptedAt ?? Number.NaN);
    return {
      ratio: oracleMs(durations, slotCount) / measuredMs,
      seconds: measuredMs / 1000,
      mostPolls: Math.max(
        ...rows.filter((_, index) => (durations[index] ?? 0) <= shortMs + 100).map(({ fetches }) => fetches),
      ),
    };
  } finally {
    await gateway.stop();
    await owned.stop();
  }
}

/** @throws Error if a swap finishes without a picture, or takes longer than ten minutes */
async function waitForAll(url: string, requested: readonly AnsweredSwap[]): Promise<EndedSwap[]> {
  const ended: EndedSwap[] = [];
  const deadline = Date.now() + patienceMs;
  for (const { id } of requested) {
    for (;;) {
      const { swapResult } = await untilAnswered(() =>
        runQuery<{ swapResult: EndedSwap }>(url, 'SwapResult', { id }),
      );
      if (swapResult.status === 'SUCCEEDED') {
        ended.push(swapResult);
        break;
      }
      if (swapResult.completedAt !== null) throw new Error(`${id} ended as ${swapResult.status}`);
      if (Date.now() > deadline) throw new Error(`${id} is still ${swapResult.status}`);
      await sleep(pauseMs);
    }
  }
  return ended;
}

/** Six gateways start at once on few cores, and reject requests while they are overloaded. */
async function untilAnswered<T>(request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!String(error).includes('answered 503')) throw error;
      await sleep(pauseMs);
    }
  }
}

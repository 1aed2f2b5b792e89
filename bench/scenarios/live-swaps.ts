import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { Server } from '../process/child.ts';
import { type AnsweredSwap, inParallel, requestSwap, runQuery } from '../process/graphql.ts';
import type { Submission } from '../upstream/wire.ts';

/** A swap that is at the stub of ModelsLab, which will not finish it by itself. */
export interface LiveSwap {
  id: string;
  modelsLabId: number;
  trackId: number;
  /** Path of the webhook route for it, with its token. */
  webhookPath: string;
}

/** Environment in which that many swaps can be at ModelsLab without being polled. */
export const liveEnv: Record<string, string> = {
  MODELSLAB_QUEUE_LIMIT: '100000',
  POLL_INTERVAL_MS: '3600000',
};

/** Makes a gateway with its own stub submit swaps. Resolves when each is PROCESSING, durably. */
export async function makeLiveSwaps(gateway: Server, upstream: Server, count: number): Promise<LiveSwap[]> {
  const requested = await inParallel(count, 50, (index) => requestSwap(gateway.url, index + 1));
  await inParallel(count, 20, async (index) => {
    const { id } = requested[index] as AnsweredSwap;
    for (let status = ''; status !== 'PROCESSING'; await sleep(status === 'PROCESSING' ? 0 : 20)) {
      const { swapResult } = await runQuery<{ swapResult: AnsweredSwap }>(gateway.url, 'SwapResult', { id });
      status = swapResult.status;
    }
  });
  const submissions = await readSubmissions(upstream);
  const byTrack = new Map(submissions.map((submission) => [submission.trackId, submission]));
  return requested.map(({ id }, index) => {
    const submission = byTrack.get(index + 1);
    if (!submission) throw new Error(`swap ${id} is PROCESSING, but was not submitted`);
    const { pathname } = new URL(submission.webhook);
    return { id, modelsLabId: submission.id, trackId: index + 1, webhookPath: pathname };
  });
}

/** @param from how many of the first submissions are already known */
export async function readSubmissions(upstream: Server, from = 0): Promise<Submission[]> {
  const answer = await request(`${upstream.url}/submissions?from=${from}`);
  return (await answer.body.json()) as Submission[];
}

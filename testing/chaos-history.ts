import type { AcceptedSubmission } from '../sandbox/sandbox-jobs.ts';
import type { FinalSwap } from '../test/chaos/final-swap.ts';

export const swapId = '00000000-0000-4000-8000-000000000001';
export const otherSwapId = '00000000-0000-4000-8000-000000000002';
export const picture = 'http://127.0.0.1:4010/generations/1.jpg';

/** Epoch milliseconds at which the swap of a history was accepted. */
export const startedAt: number = Date.UTC(2026, 0, 1);

/** A submission that finished after 100 ms, with the given changes. */
export function submission(change: Partial<AcceptedSubmission> = {}, id = swapId): AcceptedSubmission {
  return {
    ordinal: 1,
    id: 700,
    webhook: `http://127.0.0.1:4000/webhooks/modelslab/${id}.token`,
    trackId: 1,
    initImage: '',
    targetImage: '',
    referenceImage: '',
    acceptedAt: startedAt,
    finishedAt: startedAt + 100,
    outcome: 'success',
    output: [picture],
    message: null,
    answer: 'sent',
    isMoved: false,
    fetches: 0,
    lastFetchAt: null,
    deletedAt: null,
    foreignFetches: 0,
    reports: [],
    webhooksSent: 0,
    webhooksDelivered: 0,
    webhooksMisnamed: 0,
    ...change,
  };
}

/** A swap that SUCCEEDED after 200 ms, with the given changes. */
export function finalSwap(change: Partial<FinalSwap> = {}): FinalSwap {
  return {
    id: swapId,
    status: 'SUCCEEDED',
    modelsLabId: '700',
    output: [picture],
    error: null,
    completedAt: new Date(startedAt + 200).toISOString(),
    lateResult: null,
    recoveredFrom: null,
    ...change,
  };
}

/** The same swap, FAILED after 10 s. */
export function failedSwap(code: string, change: Partial<FinalSwap> = {}): FinalSwap {
  const completedAt = new Date(startedAt + 10_000).toISOString();
  return finalSwap({ status: 'FAILED', output: [], error: { code }, completedAt, ...change });
}

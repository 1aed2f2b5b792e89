import type { SwapCardFragment, SwapStatus } from '../generated/graphql.ts';

/** Whether the state is terminal. */
export function isEnded(status: SwapStatus): boolean {
  return status !== 'QUEUED' && status !== 'PROCESSING';
}

export const stateWords: Record<SwapStatus, string> = {
  QUEUED: 'Queued',
  PROCESSING: 'Processing',
  SUCCEEDED: 'Done',
  FAILED: 'Failed',
  CANCELED: 'Canceled',
  EXPIRED: 'Expired',
};

/** Details shown next to the state. */
export function describeState(swap: SwapCardFragment, now: number): string {
  switch (swap.status) {
    case 'QUEUED':
      if (swap.queuePosition === null || swap.queuePosition === undefined) return 'Waiting for a slot';
      return swap.queuePosition === 1 ? 'Next in line' : `Number ${swap.queuePosition} in line`;
    case 'PROCESSING': {
      if (!swap.estimatedCompletionAt) return 'No estimate';
      const leftMs = Date.parse(swap.estimatedCompletionAt) - now;
      return leftMs > 500 ? `About ${Math.ceil(leftMs / 1000)} s left` : 'Any moment now';
    }
    case 'FAILED':
      return swap.error?.message ?? 'The swap failed.';
    case 'CANCELED':
      return 'Canceled before it was submitted. Nothing was charged.';
    case 'EXPIRED':
      return 'Waited too long for a slot. Nothing was submitted or charged.';
    case 'SUCCEEDED':
      return '';
  }
}

/** Fraction of the time from the start of processing to the estimate, always below 1; undefined without an estimate. */
export function progressOf(swap: SwapCardFragment, now: number): number | undefined {
  if (swap.status === 'QUEUED') return 0;
  if (swap.status !== 'PROCESSING' || !swap.estimatedCompletionAt) return undefined;
  const start = Date.parse(swap.updatedAt);
  const span = Math.max(1, Date.parse(swap.estimatedCompletionAt) - start);
  const part = (now - start) / span;
  // Past the estimate the bar creeps on, because the end is unknown.
  return Math.max(0.02, part < 0.9 ? part : 1 - 0.1 * Math.exp(-(part - 0.9)));
}

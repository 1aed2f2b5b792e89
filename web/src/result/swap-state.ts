import type { SwapCardFragment, SwapStatus } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { describeDuration } from '../ui/durations.ts';

/** Whether the state is terminal. */
export function isEnded(status: SwapStatus): boolean {
  return status !== 'QUEUED' && status !== 'PROCESSING';
}

/** The state, in one word. */
export const stateOf = ({ status }: Pick<SwapCardFragment, 'status'>): string => t.states[status];

/**
 * Details shown next to the state.
 * @param learnedMs how long swaps took lately, if that is known
 * @param slots how many swaps ModelsLab takes at a time
 */
export function describeState(swap: SwapCardFragment, now: number, learnedMs?: number, slots = 1): string {
  if (swap.erasedAt) return t.details.erased;
  switch (swap.status) {
    case 'QUEUED': {
      const left =
        learnedMs === undefined
          ? ''
          : ` · ${describeLeft(learnedMs * (1 + Math.ceil((swap.queuePosition ?? 1) / slots)))}`;
      return describePosition(swap.queuePosition ?? undefined) + left;
    }
    case 'PROCESSING': {
      const end = expectedEnd(swap, learnedMs);
      return end === undefined ? t.details.noEstimate : describeLeft(end - now);
    }
    case 'FAILED':
      return swap.error?.message ?? t.details.failed;
    case 'CANCELED':
      return t.details.canceled;
    case 'EXPIRED':
      return t.details.expired;
    case 'SUCCEEDED':
      return '';
  }
}

function describePosition(position: number | undefined): string {
  if (position === undefined) return t.details.waiting;
  return position === 1 ? t.details.next : t.details.position(position);
}

const describeLeft = (ms: number): string =>
  ms > 500 ? t.details.left(describeDuration(Math.ceil(ms / 1000) * 1000)) : t.details.soon;

/** ModelsLab's estimate; without one, when swaps like it finished lately. Milliseconds since the epoch. */
function expectedEnd(swap: SwapCardFragment, learnedMs: number | undefined): number | undefined {
  if (swap.estimatedCompletionAt) return Date.parse(swap.estimatedCompletionAt);
  return learnedMs === undefined ? undefined : Date.parse(swap.updatedAt) + learnedMs;
}

/** The median time from request to result, milliseconds; undefined before the first result. */
export function learnDuration(swaps: readonly SwapCardFragment[]): number | undefined {
  const durations = swaps
    .filter(({ status, completedAt }) => status === 'SUCCEEDED' && completedAt)
    .map(({ createdAt, completedAt }) => Date.parse(completedAt ?? '') - Date.parse(createdAt))
    .sort((a, b) => a - b);
  return durations[Math.floor(durations.length / 2)];
}

/** Fraction of the time from the start of processing to the estimate, always below 1; undefined without an estimate. */
export function progressOf(swap: SwapCardFragment, now: number, learnedMs?: number): number | undefined {
  if (swap.status === 'QUEUED') return 0;
  const end = expectedEnd(swap, learnedMs);
  if (swap.status !== 'PROCESSING' || end === undefined) return undefined;
  const start = Date.parse(swap.updatedAt);
  const span = Math.max(1, end - start);
  const part = (now - start) / span;
  // Past the estimate the bar creeps on, because the end is unknown.
  return Math.max(0.02, part < 0.9 ? part : 1 - 0.1 * Math.exp(-(part - 0.9)));
}

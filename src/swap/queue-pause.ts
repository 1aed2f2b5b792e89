import { upstreamAccount } from './failures.js';
import type { SwapTransition } from './swap.js';

/** Why the queue submits nothing, the strongest reason first. */
export const pauseReasons = ['OPERATOR', 'ACCOUNT_CREDITS', 'UPSTREAM_BUSY'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** A pause of the whole deployment. Times are milliseconds since the epoch. */
export interface QueuePause {
  reason: PauseReason;
  since?: number;
  /** When it ends, or for ACCOUNT_CREDITS when the next swap is tried; absent: not known, or being tried now. */
  until?: number;
  /** The operator's own words. */
  note?: string;
}

/** A pause that an operator requests. Without `until`, it lasts until the operator resumes. */
export type OperatorPause = Omit<QueuePause, 'reason'> & { since: number };

/** The pauses of a queue. All instances share them. */
export interface QueuePauses {
  /** The pauses in effect, the strongest reason first; empty: swaps are submitted. */
  pauses(): Promise<QueuePause[]>;
  /** Replaces the operator's pause. It survives restarts. Swaps that already have a slot are not affected. */
  pause(pause: OperatorPause): Promise<void>;
  /** Ends the pauses for these reasons, default: all. @returns those that were in effect */
  resume(reasons?: readonly PauseReason[]): Promise<PauseReason[]>;
}

/** Attempts while the account has no credits come this much later than the first one, at most. */
const maxCreditsFactor = 10;

/**
 * How long to wait before the next attempt to submit while the account has no credits: as long as it has been without, so
 * that intervals double.
 *
 * @param firstMs the first interval; the last one is ten times as long
 */
export function creditsPauseMs(lastedMs: number, firstMs: number): number {
  return Math.min(Math.max(lastedMs, firstMs), maxCreditsFactor * firstMs);
}

/**
 * The end of a swap whose queue deadline has passed. It names the account if that is why the swap was not submitted.
 *
 * @param queue one that cannot be reached says nothing about the account
 */
export async function expiryIn(
  queue: Pick<QueuePauses, 'pauses'>,
): Promise<SwapTransition & { type: 'expired' }> {
  const pauses = await queue.pauses().catch(() => []);
  const hasNoCredits = pauses.some(({ reason }) => reason === 'ACCOUNT_CREDITS');
  return hasNoCredits ? { type: 'expired', error: upstreamAccount } : { type: 'expired' };
}

import { pause, throwIfAborted } from './signals.js';
import { SwapClientError } from './swap-client-error.js';

export interface RetryOptions {
  /** Consecutive failures after which the last one is thrown. */
  attempts: number;
  signal: AbortSignal;
  /** Until the server has responded at all, three failures or five seconds are enough: its URL may be wrong. */
  hasResponded(): boolean;
  /** Called for UNAUTHENTICATED. @returns whether other credentials can be tried */
  renew(): boolean;
}

const firstWaitMs = 250;
const longestWaitMs = 5000;
const firstContactAttempts = 3;
const firstContactMs = 5000;
/** For the times that the server itself asks to wait. A daily quota would take hours. */
const longestRefusalMs = 30_000;

/**
 * Runs until it succeeds, retrying after each transient error with exponential backoff: from 0.25 s to 5 s, or longer
 * if the gateway says so. If that adds up to more than 30 s, the error is thrown instead.
 *
 * @param run receives a function to call on progress, which resets the count of failures
 * @throws the first error that is not transient, or the last one; the signal's reason when aborted
 */
export async function retry<Value>(
  run: (onProgress: () => void) => Promise<Value>,
  { attempts, signal, hasResponded, renew }: RetryOptions,
): Promise<Value> {
  const since = Date.now();
  let failures = 0;
  let refusedMs = 0;
  let isRenewed = false;
  for (;;) {
    try {
      throwIfAborted(signal);
      return await run(() => {
        failures = 0;
        refusedMs = 0;
        isRenewed = false;
      });
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof SwapClientError)) throw error;
      if (error.code === 'UNAUTHENTICATED' && !isRenewed && renew()) {
        isRenewed = true;
        continue;
      }
      failures++;
      if (!error.isTransient || failures >= attempts) throw error;
      const isStranger = !hasResponded();
      if (isStranger && (failures >= firstContactAttempts || Date.now() - since > firstContactMs))
        throw error;
      const askedMs = (error.retryAfter ?? 0) * 1000;
      const waitMs = Math.max(backoffMs(failures), askedMs);
      if (askedMs || error.code !== 'UNREACHABLE') refusedMs += waitMs;
      if (refusedMs > longestRefusalMs) throw error;
      await pause(waitMs, signal);
    }
  }
}

/** Half of the delay is random, so that clients of a recovering gateway do not all return at once. */
function backoffMs(failures: number): number {
  const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1));
  return (longest * (1 + Math.random())) / 2;
}

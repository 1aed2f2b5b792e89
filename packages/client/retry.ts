import { SwapClientError } from './swap-client-error.js';

export interface RetryOptions {
  /** Consecutive failures after which the last one is thrown. */
  attempts: number;
  signal: AbortSignal;
}

const firstWaitMs = 250;
const longestWaitMs = 5000;

/**
 * Runs until it succeeds, retrying after each transient error with exponential backoff: from 0.25 s to 5 s, or longer
 * if the gateway says so.
 *
 * @param run receives a function to call on progress, which resets the count of failures
 * @throws the first error that is not transient, or the last one; the signal's reason when aborted
 */
export async function retry<Value>(
  run: (onProgress: () => void) => Promise<Value>,
  { attempts, signal }: RetryOptions,
): Promise<Value> {
  let failures = 0;
  for (;;) {
    try {
      signal.throwIfAborted();
      return await run(() => {
        failures = 0;
      });
    } catch (error) {
      signal.throwIfAborted();
      failures++;
      if (!(error instanceof SwapClientError) || !error.isTransient || failures >= attempts) throw error;
      await pause(Math.max(backoffMs(failures), (error.retryAfter ?? 0) * 1000), signal);
    }
  }
}

/** Half of the delay is random, so that clients of a recovering gateway do not all return at once. */
function backoffMs(failures: number): number {
  const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1));
  return longest / 2 + (Math.random() * longest) / 2;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

import { SwapClientError } from './swap-client-error.js';

export interface RetryOptions {
  /** Failures in a row after which the last one is thrown. */
  attempts: number;
  signal: AbortSignal;
}

const firstWaitMs = 250;
const longestWaitMs = 5000;

/**
 * Runs until it succeeds, again after each transient error, waiting longer each time: 0.25 s at first, 5 s at most, or what
 * the gateway asked for if that is more.
 *
 * @param run is given a function to call on progress, which makes the count of failures start anew
 * @throws the error that was not transient or came last; the signal's reason when aborted
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

/** Half of it by chance, so that the clients of a gateway that comes back do not come all at once. */
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

import type { Clock } from './clock.js';

const retryMs = 500;

/** Retries until `work` succeeds; runs it at least once. @throws the last attempt's error once `signal` has aborted */
export async function retryUntilAborted<T>(
  attempt: () => Promise<T>,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw error;
      await clock.sleep(retryMs, signal);
    }
  }
}

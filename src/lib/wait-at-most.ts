import type { Clock } from './clock.js';

/**
 * Resolves when `work` does, or after `ms`, without leaving a timer behind, which would keep the process alive. Rejects if `work` rejects
 * before.
 */
export async function waitAtMost(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  work: Promise<unknown>,
): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, clock.sleep(ms, over.signal)]);
  } finally {
    over.abort();
  }
}

import { repeat } from '../../lib/repeat.js';
import { type RestoreDeps, restoreSwaps } from './restore.js';

const intervalMs = 15_000;
const retryMs = 1000;

/**
 * For a shared store: restores open swaps that are in no queue because the process that accepted them died before adding them.
 * Runs immediately, then periodically. Safe to run on all instances concurrently.
 *
 * @returns a function that stops it
 */
export function reconcileSwaps(deps: RestoreDeps): () => Promise<void> {
  const { clock, log } = deps;
  const closing = new AbortController();
  let isFailing = false;

  const { done } = repeat(
    async () => {
      await restoreSwaps(deps);
      isFailing = false;
      return intervalMs;
    },
    {
      clock,
      signal: closing.signal,
      retryMs,
      onError(error) {
        if (!isFailing)
          log.warn({ err: error }, 'cannot search the store for open swaps that are in no queue; retrying');
        isFailing = true;
      },
    },
  );
  return async () => {
    closing.abort();
    await done;
  };
}

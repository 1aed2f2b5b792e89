import { repeat } from '../../lib/repeat.js';
import { type RestoreDeps, restoreSwaps } from './restore.js';

const intervalMs = 15_000;
const retryMs = 1000;

/**
 * Where several processes share the swaps: looks, now and from time to time, for open ones that are in no queue, since
 * the process that was to put them there died, and takes them up. Safe to be done by all of them at the same time.
 *
 * @returns the way to stop it
 */
export function reconcileSwaps(deps: RestoreDeps): () => Promise<void> {
  const { clock, log } = deps;
  const closing = new AbortController();
  let isHeldUp = false;

  const { done } = repeat(
    async () => {
      await restoreSwaps(deps);
      isHeldUp = false;
      return intervalMs;
    },
    {
      clock,
      signal: closing.signal,
      retryMs,
      onError(error) {
        if (!isHeldUp)
          log.warn({ err: error }, 'the store cannot be searched for swaps that are in no queue');
        isHeldUp = true;
      },
    },
  );
  return async () => {
    closing.abort();
    await done;
  };
}

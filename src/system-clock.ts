import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './swap/ports.js';

/** setTimeout fires at once for anything longer. */
const maxTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await sleep(Math.min(Math.max(ms, 0), maxTimeoutMs), undefined, signal && { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};

import type { Clock } from './clock.js';

/**
 * Milliseconds since the epoch that never go back or stall: after a backward step of the wall clock they continue from
 * the last value. For durable schedules, whose entries such a step would stall. Not comparable with wall-clock times
 * read elsewhere.
 */
export function createSteadyNow(clock: Pick<Clock, 'now' | 'monotonic'>): () => number {
  let last = clock.now();
  let readAt = clock.monotonic();
  return () => {
    const monotonic = clock.monotonic();
    last = Math.max(clock.now(), last + (monotonic - readAt));
    readAt = monotonic;
    return last;
  };
}

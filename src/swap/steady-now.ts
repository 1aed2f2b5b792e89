import type { Clock } from './ports.js';

/**
 * Milliseconds since the epoch that never go back and never stand still: at a backward step of the wall clock they go on
 * from where they were. For durable schedules, whose entries would be stalled by such a step. Not for comparison with
 * times that others take from the wall clock.
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

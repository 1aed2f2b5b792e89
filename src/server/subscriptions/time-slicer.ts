import { contain, type FaultReporter } from '../../lib/contain.js';

/**
 * Spreads bursts of work, such as thousands of sockets reconnecting at once, over several turns of the event loop. Work beyond
 * the time slice of the current turn is queued in order, so that HTTP requests, timers and new connections are served in
 * between.
 */
export interface TimeSlicer {
  /**
   * Runs `work` at once if this turn has time left and nothing is queued, otherwise later. Errors are reported.
   * @returns whether it has run
   */
  run(work: () => void): boolean;
}

/** Per turn of the event loop, including microtasks. The last task may exceed it. */
const sliceMs = 8;
/** Immediates scheduled per turn. Once the slice is used up, the remaining ones do nothing. */
const maxSteps = 64;

export function createTimeSlicer(
  report: FaultReporter,
  now: () => number = () => performance.now(),
): TimeSlicer {
  let queue: (() => void)[] = [];
  /** Number of queued tasks that have run. */
  let completed = 0;
  let sliceEndsAt = 0;
  let isSliceOpen = false;
  let isScheduled = false;

  const hasTime = (): boolean => {
    if (isSliceOpen) return now() < sliceEndsAt;
    isSliceOpen = true;
    sliceEndsAt = now() + sliceMs;
    setImmediate(endSlice);
    return true;
  };

  const endSlice = (): void => {
    isSliceOpen = false;
  };

  /** One immediate per task, since the microtasks of a task run after its immediate and must count toward the slice. */
  const schedule = (): void => {
    isScheduled = true;
    for (let count = Math.min(queue.length - completed, maxSteps); count > 0; count -= 1) setImmediate(step);
    setImmediate(continueQueue);
  };

  const step = (): void => {
    const work = queue[completed];
    if (!work || !hasTime()) return;
    completed += 1;
    contain(report, 'socket', work);
  };

  const continueQueue = (): void => {
    queue = queue.slice(completed);
    completed = 0;
    isScheduled = queue.length > 0;
    if (isScheduled) schedule();
  };

  return {
    run(work) {
      if (!isScheduled && hasTime()) {
        contain(report, 'socket', work);
        return true;
      }
      queue.push(work);
      if (!isScheduled) schedule();
      return false;
    },
  };
}

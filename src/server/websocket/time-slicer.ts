import { contain, type FaultReporter } from '../../lib/contain.js';

/**
 * Runs work that comes in crowds, such as what thousands of sockets want at the moment at which they all come back. What does
 * not fit into the current turn of the event loop waits for the next ones, in order, so that requests over HTTP, timers and
 * new connections get their turn in between.
 */
export interface TimeSlicer {
  /**
   * Runs `work` at once if this turn has time left and nothing is queued, otherwise later. Errors are reported.
   * @returns whether it has run
   */
  run(work: () => void): boolean;
}

/** For all work of one turn, with what it leaves to the microtask queue; the last piece may go beyond it. */
const sliceMs = 8;
/** Immediates that are scheduled for one turn. Those that find the slice used up do nothing. */
const maxSteps = 64;

export function createTimeSlicer(
  report: FaultReporter,
  now: () => number = () => performance.now(),
): TimeSlicer {
  let waiting: (() => void)[] = [];
  /** How many of those have run. */
  let done = 0;
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

  /** Each piece is an immediate of its own, since what a piece leaves to the microtask queue runs after its immediate. */
  const schedule = (): void => {
    isScheduled = true;
    for (let count = Math.min(waiting.length - done, maxSteps); count > 0; count -= 1) setImmediate(step);
    setImmediate(goOn);
  };

  const step = (): void => {
    const work = waiting[done];
    if (!work || !hasTime()) return;
    done += 1;
    contain(report, 'socket', work);
  };

  const goOn = (): void => {
    waiting = waiting.slice(done);
    done = 0;
    isScheduled = waiting.length > 0;
    if (isScheduled) schedule();
  };

  return {
    run(work) {
      if (!isScheduled && hasTime()) {
        contain(report, 'socket', work);
        return true;
      }
      waiting.push(work);
      if (!isScheduled) schedule();
      return false;
    },
  };
}

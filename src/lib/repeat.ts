import type { Clock } from './clock.js';

export interface Repetition {
  /** Ends the pause; called during a run, it skips the pause after that run. Does not shorten the delay of a retry. */
  wake(): void;
  /** Resolves once the signal has aborted and the last run has ended. */
  done: Promise<void>;
}

export interface RepeatOptions {
  clock: Pick<Clock, 'sleep'>;
  /** Aborting ends the repetition after the current run. */
  signal: AbortSignal;
  /** Pause after a failed run, milliseconds. */
  retryMs: number;
  /** Must not throw. */
  onError(error: unknown): void;
  /** Pause before the first run, milliseconds; 0 by default. */
  startAfterMs?: number;
}

/** Given to `abort`, which would create an error with a stack otherwise. */
const wakeReason = 'woken';

/**
 * Background loop: runs `run` until `signal` aborts. Runs never overlap, and a failed one is retried.
 *
 * @param run resolves with the pause until the next run, milliseconds; 0: no pause
 */
export function repeat(
  run: () => Promise<number>,
  { clock, signal, retryMs, onError, startAfterMs = 0 }: RepeatOptions,
): Repetition {
  let waking = new AbortController();

  const loop = async (): Promise<void> => {
    if (startAfterMs > 0) await clock.sleep(startAfterMs, signal);
    while (!signal.aborted) {
      const woken = waking.signal;
      try {
        const pauseMs = await run();
        if (pauseMs > 0) await clock.sleep(pauseMs, AbortSignal.any([woken, signal]));
      } catch (error) {
        onError(error);
        await clock.sleep(retryMs, signal);
      }
    }
  };

  return {
    wake() {
      waking.abort(wakeReason);
      waking = new AbortController();
    },
    done: loop(),
  };
}

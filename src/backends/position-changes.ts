import type { Clock } from '../lib/clock.js';
import { contain, type FaultReporter } from '../lib/contain.js';

/** Notifies listeners that positions may have changed, at most once a second. */
export interface PositionChanges {
  notify(): void;
  /** @returns a function that removes the listener */
  listen(listener: () => void): () => void;
  close(): void;
}

const intervalMs = 1000;

/** @param onPositionsChanged called each time, before the listeners */
export function createPositionChanges(
  clock: Clock,
  report: FaultReporter,
  onPositionsChanged: () => void = () => undefined,
): PositionChanges {
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  let isDue = false;
  return {
    notify() {
      if (isDue || listeners.size === 0) return;
      isDue = true;
      void clock.sleep(intervalMs, closing.signal).then(() => {
        isDue = false;
        contain(report, 'queue', onPositionsChanged);
        for (const listener of listeners) contain(report, 'queue', listener);
      });
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => closing.abort(),
  };
}

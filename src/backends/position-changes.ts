import type { Clock } from '../lib/clock.js';
import { contain, type FaultReporter } from '../lib/contain.js';

/** Tells listeners that positions may have changed, once for all changes within a second. */
export interface PositionChanges {
  notify(): void;
  /** Returns the way to stop listening. */
  listen(listener: () => void): () => void;
  close(): void;
}

const intervalMs = 1000;

/** @param onMoved called before the listeners, every time */
export function createPositionChanges(
  clock: Clock,
  report: FaultReporter,
  onMoved: () => void = () => undefined,
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
        contain(report, 'queue', onMoved);
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

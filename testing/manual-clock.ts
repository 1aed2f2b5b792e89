import type { Clock } from '../src/lib/clock.js';

export interface ManualClock extends Clock {
  /**
   * Advances time, waking sleepers in order of their due time, and runs everything that each one triggers.
   * @param turns event loop turns after each; fewer for a long time in which little happens
   */
  advance(ms: number, turns?: number): Promise<void>;
  /**
   * Steps the wall clock forward or, with a negative number, back. Wakes no sleeper, because sleep is measured on the
   * monotonic clock.
   */
  step(ms: number): void;
  /** Number of pending sleeps. */
  sleepers(): number;
}

interface Sleeper {
  at: number;
  wake(): void;
}

/** Runs everything that can run without the clock: promises, and the event loop turns that I/O needs. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function createManualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let offset = 0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now + offset,
    monotonic: () => now - start,
    step(ms) {
      offset += ms;
    },
    sleepers: () => sleepers.size,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || ms <= 0) {
          resolve();
          return;
        }
        const sleeper = {
          // A fraction that is too small for a number of this size would never pass.
          at: now + ms > now ? now + ms : now + 1,
          wake() {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    async advance(ms, turns) {
      const until = now + ms;
      await settle(turns);
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > until) break;
        now = Math.max(now, next.at);
        next.wake();
        await settle(turns);
      }
      now = until;
    },
  };
}

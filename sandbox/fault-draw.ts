import {
  type ChanceFault,
  changeFaults,
  noFaults,
  type RangeFault,
  type SandboxFaults,
} from './sandbox-faults.js';

/** The random decisions for one submission or one fetch. A draw does not influence other draws. */
export interface FaultDraw {
  /** Whether the fault strikes. It is counted then, so call this only where the fault takes effect. */
  happens(fault: ChanceFault): boolean;
  /** Milliseconds drawn from the current range. */
  within(range: RangeFault): number;
  /** Uniform from 0 (inclusive) to 1 (exclusive). */
  fraction(name: string): number;
}

export interface FaultDesk {
  current(): SandboxFaults;
  /** @throws Error if a fault is unknown or out of range */
  set(change: unknown): void;
  /** The draw for `path`: the same seed and path give the same draw, whatever was drawn before. */
  draw(...path: (string | number)[]): FaultDraw;
  /** True during a burst of 429 that started with this submit or shortly before. */
  isBusy(ordinal: number): boolean;
  /** How often each fault struck. */
  injected(): Record<string, number>;
}

/**
 * Draws by hashing (seed, path, fault name) instead of from one sequence: requests that race each other do not change
 * each other's draws.
 */
export function createFaultDesk(seed: number, change: unknown = {}): FaultDesk {
  let faults = changeFaults(noFaults, change);
  const struck: Record<string, number> = {};
  const count = (fault: ChanceFault) => {
    struck[fault] = (struck[fault] ?? 0) + 1;
  };

  return {
    current: () => faults,
    set: (next) => {
      faults = changeFaults(faults, next);
    },
    draw: (...path) => {
      const fraction = (name: string) => drawFraction(`${seed}/${path.join('/')}/${name}`);
      return {
        fraction,
        happens: (fault) => {
          const strikes = fraction(fault) < faults[fault];
          if (strikes) count(fault);
          return strikes;
        },
        within: (range) => {
          const [from, to] = faults[range];
          return from + (to - from) * fraction(range);
        },
      };
    },
    isBusy: (ordinal) => {
      for (let start = ordinal; start > Math.max(0, ordinal - faults.busyBurst); start--) {
        if (drawFraction(`${seed}/submit/${start}/busy`) < faults.busy) {
          count('busy');
          return true;
        }
      }
      return false;
    },
    injected: () => ({ ...struck }),
  };
}

/** FNV-1a of the text, then one step of mulberry32 to spread similar texts apart. */
function drawFraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  let mixed = (hash + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

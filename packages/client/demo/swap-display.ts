import { isEnded, type Swap } from '../src/index.js';

export interface SwapDisplay {
  show(swap: Swap): void;
  /** Leaves the last line in place and releases the terminal. */
  stop(): void;
}

const barWidth = 24;
const redrawMs = 100;

/** Prints a line for each state; in a terminal, the last line is redrawn with a progress bar until the state changes. */
export function createSwapDisplay(output: NodeJS.WriteStream = process.stdout): SwapDisplay {
  const startedAt = Date.now();
  let current: Swap | undefined;
  let sinceMs = startedAt;
  let timer: NodeJS.Timeout | undefined;

  const draw = (): void => {
    if (current) output.write(`\r\x1b[2K${describeSwap(current, { sinceMs, startedAt, now: Date.now() })}`);
  };
  return {
    show(swap) {
      if (!output.isTTY) {
        output.write(`${describeSwap(swap, { startedAt, now: Date.now() })}\n`);
        return;
      }
      if (current && current.status !== swap.status) {
        output.write('\n');
        sinceMs = Date.now();
      }
      current = swap;
      draw();
      timer ??= setInterval(draw, redrawMs);
    },
    stop() {
      clearInterval(timer);
      if (current) output.write('\n');
      current = undefined;
    },
  };
}

export interface Moments {
  /** When this process saw the swap enter its state; without it no bar is drawn. */
  sinceMs?: number;
  startedAt: number;
  now: number;
}

/** One line: state, elapsed time, and details such as queue position, time left or error. */
export function describeSwap(swap: Swap, moments: Moments): string {
  const elapsed = `${((moments.now - moments.startedAt) / 1000).toFixed(1)} s`.padStart(7);
  return `  ${swap.status.padEnd(10)} ${elapsed}  ${detail(swap, moments)}`.trimEnd();
}

function detail(swap: Swap, { sinceMs, now }: Moments): string {
  if (swap.status === 'QUEUED') {
    if (swap.queuePosition === null) return 'waiting for a slot';
    return swap.queuePosition === 1 ? 'next in line' : `number ${swap.queuePosition} in line`;
  }
  if (isEnded(swap)) return swap.error ? `${swap.error.code}: ${swap.error.message}` : '';
  if (swap.estimatedCompletionAt === null) return 'no estimate';
  const dueMs = Date.parse(swap.estimatedCompletionAt);
  const leftMs = dueMs - now;
  const left = leftMs > 0 ? `about ${(leftMs / 1000).toFixed(1)} s left` : 'any moment now';
  return sinceMs === undefined ? left : `${bar((now - sinceMs) / Math.max(1, dueMs - sinceMs))}  ${left}`;
}

function bar(part: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, part)) * barWidth);
  return '█'.repeat(filled) + '░'.repeat(barWidth - filled);
}

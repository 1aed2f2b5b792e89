import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GatewayError } from '../../swap/errors.js';

/** Mean event loop delay over the last half second, in milliseconds. */
export interface LoadGauge {
  delayMs(): number;
  /** The mean since that half second, or in it if nothing was measured since; undefined before the first measurement. */
  pendingDelayMs(): number | undefined;
  close(): void;
}

const resolutionMs = 20;
const sampleMs = 500;

export function createLoadGauge(): LoadGauge {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  let sample: number | undefined;
  const mean = (): number | undefined => {
    const delayMs = histogram.mean / 1e6 - resolutionMs;
    return Number.isFinite(delayMs) ? Math.max(0, delayMs) : undefined;
  };
  const timer = setInterval(() => {
    sample = mean() ?? 0;
    histogram.reset();
  }, sampleMs).unref();
  return {
    delayMs: () => sample ?? 0,
    pendingDelayMs: () => mean() ?? sample,
    close() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** Kinds of work, from the easiest to retry to the hardest. */
export type Work = 'query' | 'connection' | 'mutation' | 'webhook';

/**
 * Rejects work while the event loop lags, lowest priority first. A function is called only then, to determine the kind of work.
 * @throws UNAVAILABLE with retryAfter
 */
export type LoadShedder = (work: Work | (() => Work)) => void;

export const readWork = (work: Work | (() => Work)): Work => (typeof work === 'function' ? work() : work);

const tolerance: Record<Work, number> = { query: 1, connection: 1, mutation: 2, webhook: 10 };

/** @param maxDelayMs event loop delay above which queries are rejected; mutations at twice, webhooks at ten times that */
export function createLoadShedder(gauge: Pick<LoadGauge, 'delayMs'>, maxDelayMs: number): LoadShedder {
  return (work) => {
    const delayMs = gauge.delayMs();
    if (delayMs > maxDelayMs && delayMs > maxDelayMs * tolerance[readWork(work)])
      throw new GatewayError('UNAVAILABLE', 'The gateway is overloaded.', {
        retryAfter: 1,
      });
  };
}

/** How long the work of the start may count as load. */
const startMs = 30_000;

/**
 * Whether the start is over: false while queries are, or are about to be, rejected because of the work of the start itself. Once true,
 * it stays true, since load is no reason to withdraw an instance.
 */
export function createStartCheck(
  gauge: Pick<LoadGauge, 'delayMs' | 'pendingDelayMs'>,
  maxDelayMs: number,
  now: () => number = performance.now.bind(performance),
): () => boolean {
  const latest = now() + startMs;
  let isOver = false;
  return () => {
    const pending = gauge.pendingDelayMs();
    isOver ||= now() >= latest;
    isOver ||= pending !== undefined && Math.max(pending, gauge.delayMs()) <= maxDelayMs;
    return isOver;
  };
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GatewayError } from '../../swap/errors.js';

/** How far the event loop lags behind, as the mean of the last half second, milliseconds. */
export interface LoadGauge {
  delayMs(): number;
  close(): void;
}

const resolutionMs = 20;
const sampleMs = 500;

export function createLoadGauge(): LoadGauge {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  let delayMs = 0;
  const timer = setInterval(() => {
    const mean = histogram.mean / 1e6 - resolutionMs;
    delayMs = Number.isFinite(mean) ? Math.max(0, mean) : 0;
    histogram.reset();
  }, sampleMs).unref();
  return {
    delayMs: () => delayMs,
    close() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** What is asked for, from what can best be asked again to what is lost most easily. */
export type Work = 'query' | 'connection' | 'mutation' | 'webhook';

/**
 * Sheds load while the event loop lags, lowest priority first. A function is called only then, to determine the kind of work.
 * @throws UNAVAILABLE with retryAfter
 */
export type LoadShedder = (work: Work | (() => Work)) => void;

export const readWork = (work: Work | (() => Work)): Work => (typeof work === 'function' ? work() : work);

const patience: Record<Work, number> = { query: 1, connection: 1, mutation: 2, webhook: 10 };

/** @param maxDelayMs lag of the event loop at which queries are refused; mutations at twice, webhooks at ten times that */
export function createLoadShedder(gauge: Pick<LoadGauge, 'delayMs'>, maxDelayMs: number): LoadShedder {
  return (work) => {
    const delayMs = gauge.delayMs();
    if (delayMs > maxDelayMs && delayMs > maxDelayMs * patience[readWork(work)])
      throw new GatewayError('UNAVAILABLE', 'The gateway has too much to do at the moment.', {
        retryAfter: 1,
      });
  };
}

import type { DurationRange } from './learned-durations.js';

export interface PollPlan {
  /** Delay from the submission's response to the first poll; everything else scales with it. */
  firstMs: number;
  /** The longest interval between two polls after two minutes. */
  maxIntervalMs: number;
  /** Observed durations of the same kind of work. */
  range: DurationRange | undefined;
  /** ModelsLab's estimate, counted from the response. Used only if below the 95th percentile. */
  etaMs: number | undefined;
  /** Webhooks complete most swaps: poll less. */
  webhooksArrive: boolean;
}

/** Polls within the range in which most results arrive. A swap of up to 6 s takes at most ten polls overall. */
const pollsInRange = 5;
/** Upper end of the assumed range before anything is learned, as a multiple of the first delay. */
const unlearnedSpread = 6;
/** Growth factor of intervals after the range. */
const growth = 0.6;
/** Minimum interval, as a share of the first delay. */
const minIntervalShare = 0.35;
const slowdownWithWebhooks = 4;
const earlyMs = 120_000;
const maxEarlyIntervalMs = 10_000;

/**
 * When to poll next, milliseconds from the response to the submission: first after `firstMs`, then evenly over the range
 * of recently observed durations, then at growing intervals, at most 10 s apart in the first two minutes.
 *
 * @param elapsedMs time of the last poll, or 0
 */
export function nextPollAt(elapsedMs: number, plan: PollPlan): number {
  const { firstMs, maxIntervalMs, range, etaMs, webhooksArrive } = plan;
  const from = Math.max(range?.p10 ?? firstMs, firstMs);
  const to = Math.max(range?.p95 ?? unlearnedSpread * firstMs, from);
  const minIntervalMs = firstMs * minIntervalShare;
  const stepMs = Math.max((to - from) / pollsInRange, minIntervalMs);
  const limitMs =
    elapsedMs < earlyMs
      ? Math.max(Math.min(maxIntervalMs, maxEarlyIntervalMs), firstMs)
      : Math.max(maxIntervalMs, firstMs);

  let next: number;
  if (elapsedMs < firstMs) next = webhooksArrive ? to + stepMs : firstMs;
  else if (elapsedMs < from) next = from;
  else if (elapsedMs < to) next = elapsedMs + stepMs;
  else next = elapsedMs + stepMs + growth * (elapsedMs - to);

  if (webhooksArrive) next = elapsedMs + slowdownWithWebhooks * (next - elapsedMs);
  else if (
    etaMs !== undefined &&
    etaMs <= to &&
    elapsedMs + minIntervalMs < etaMs &&
    etaMs < next &&
    elapsedMs >= firstMs
  )
    next = etaMs;
  return Math.min(Math.max(Math.round(next), elapsedMs + 1), elapsedMs + limitMs);
}

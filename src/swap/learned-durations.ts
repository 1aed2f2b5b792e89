/** How swaps completed lately in this process. Times are milliseconds from the response to the submission to the result. */
export interface LearnedDurations {
  /** @param by what brought the result: with `webhook` the duration is exact, with `poll` an estimate */
  record(ms: number, by: 'webhook' | 'poll'): void;
  /** Percentiles of the last durations; undefined while there are too few. */
  range(): DurationRange | undefined;
  /** Whether the latest swaps were completed by webhooks, so that polls are only a safety net. */
  webhooksArrive(): boolean;
  /**
   * How long a swap is expected to take: what ModelsLab says if it is credible, else what was observed.
   * @param etaMs ModelsLab's estimate
   */
  expect(etaMs: number | undefined): number | undefined;
}

export interface DurationRange {
  p10: number;
  p50: number;
  p95: number;
}

const keptDurations = 50;
const minDurations = 10;
const keptCompletions = 5;
const minCompletions = 3;

/** For one kind of work: kinds differ too much in length to be mixed. */
export function createLearnedDurations(): LearnedDurations {
  const durations: number[] = [];
  const completions: ('webhook' | 'poll')[] = [];

  const range = (): DurationRange | undefined => {
    if (durations.length < minDurations) return undefined;
    const sorted = durations.toSorted((a, b) => a - b);
    return {
      p10: percentile(sorted, 0.1),
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
    };
  };

  return {
    record(ms, by) {
      durations.push(ms);
      if (durations.length > keptDurations) durations.shift();
      completions.push(by);
      if (completions.length > keptCompletions) completions.shift();
    },
    range,
    webhooksArrive() {
      const missed = completions.filter((by) => by === 'poll').length;
      return completions.length >= minCompletions && missed <= 1;
    },
    expect(etaMs) {
      const learned = range();
      if (!learned) return etaMs;
      return etaMs !== undefined && etaMs < learned.p95 ? etaMs : learned.p50;
    },
  };
}

/** @param sorted ascending, not empty */
function percentile(sorted: readonly number[], share: number): number {
  const index = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(Math.max(index, 0), sorted.length - 1)] ?? 0;
}

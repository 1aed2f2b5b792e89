import { operationOf, type SwapRequest } from '../operations/registry.js';

/** Recent completion times in this process, in milliseconds from the submission's response to the result. */
export interface LearnedDurations {
  /** @param by how the result arrived: `webhook` gives an exact duration, `poll` an estimate */
  record(ms: number, by: 'webhook' | 'poll'): void;
  /** Percentiles of recent durations; undefined while there are too few. */
  range(): DurationRange | undefined;
  /** Whether the latest swaps were completed by webhooks, so that polls are only a safety net. */
  webhooksArrive(): boolean;
  /**
   * Expected duration of a swap: ModelsLab's estimate if credible, otherwise the observed durations.
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

/** The durations learned for a request's operation. */
export type DurationsByOperation = (request: SwapRequest) => LearnedDurations;

/** Learns per operation: durations differ too much between operations. */
export function createDurationsByOperation(): DurationsByOperation {
  const byOperation = new Map<string, LearnedDurations>();
  return (request) => {
    const operation = operationOf(request);
    const learned = byOperation.get(operation) ?? createLearnedDurations();
    byOperation.set(operation, learned);
    return learned;
  };
}

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
      const polled = completions.filter((by) => by === 'poll').length;
      return completions.length >= minCompletions && polled <= 1;
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

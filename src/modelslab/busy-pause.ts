import type { ResponseHeaders } from './post-json.js';

/** Longer is not believed. */
export const maxPauseMs = 10 * 60_000;
/** When ModelsLab does not say for how long. */
const defaultPauseMs = 5000;
const minPauseMs = 1000;
/** The floor grows up to here; beyond, only what ModelsLab says counts. */
const maxFloorMs = 30_000;

/** How long to send nothing after ModelsLab accepted no more. */
export interface BusyPause {
  /**
   * @param askedMs what ModelsLab asked for, if it did
   * @returns milliseconds, at least a floor that doubles with each pause that was not enough
   */
  next(askedMs: number | undefined): number;
  /** A submission was accepted: the floor is low again. */
  reset(): void;
}

/** @param now a monotonic clock, milliseconds */
export function createBusyPause(now: () => number): BusyPause {
  let floorMs = minPauseMs;
  let nextFloorMs = minPauseMs;
  let until = Number.NEGATIVE_INFINITY;
  return {
    next(askedMs) {
      const at = now();
      // Submissions that were under way together are refused together, which is one refusal, not many.
      if (at >= until) {
        floorMs = nextFloorMs;
        nextFloorMs = Math.min(floorMs * 2, maxFloorMs);
      }
      const pauseMs = Math.min(Math.max(askedMs ?? defaultPauseMs, floorMs), maxPauseMs);
      until = Math.max(until, at + pauseMs);
      return pauseMs;
    },
    reset() {
      nextFloorMs = minPauseMs;
      until = Number.NEGATIVE_INFINITY;
    },
  };
}

/**
 * What `Retry-After` asks for, milliseconds: seconds, or a date, which is compared with the response's own `Date`, so that
 * the clocks need not agree. `undefined` where it is missing or makes no sense.
 *
 * @param wallNow milliseconds since the epoch, for responses without a date
 */
export function readRetryAfter(headers: ResponseHeaders, wallNow: number): number | undefined {
  const value = headers['retry-after']?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const at = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const sentAt = Date.parse(headers['date'] ?? '');
  return Math.max(at - (Number.isNaN(sentAt) ? wallNow : sentAt), 0);
}

/** What a sentence asks for, such as "try again in 30 seconds", milliseconds. */
export function readPauseInWords(message: string): number | undefined {
  const [, amount, unit = ''] =
    /\b(?:in|after|within|wait)\s+(?:about\s+)?(\d{1,6}(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?)\b/i.exec(
      message,
    ) ?? [];
  return amount === undefined ? undefined : Number(amount) * (/^m/i.test(unit) ? 60_000 : 1000);
}

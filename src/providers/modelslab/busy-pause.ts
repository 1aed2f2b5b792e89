import type { ResponseHeaders } from './post-json.js';

/** Longer pauses are capped. */
export const maxPauseMs = 10 * 60_000;
/** Used when ModelsLab does not say how long to wait. */
const defaultPauseMs = 5000;
const minPauseMs = 1000;
/** Upper limit of the floor; only ModelsLab can request a longer pause. */
const maxFloorMs = 30_000;

/** Backoff after ModelsLab rejected a submission as over its limit. */
export interface BusyPause {
  /**
   * @param requestedMs the pause that ModelsLab requested, if any
   * @returns milliseconds; at least a floor that doubles after each pause that proved too short
   */
  next(requestedMs: number | undefined): number;
  /** A submission was accepted: resets the floor. */
  reset(): void;
}

/** @param now a monotonic clock, milliseconds */
export function createBusyPause(now: () => number): BusyPause {
  let floorMs = minPauseMs;
  let nextFloorMs = minPauseMs;
  let until = Number.NEGATIVE_INFINITY;
  return {
    next(requestedMs) {
      const at = now();
      // Submissions in flight together are rejected together; that counts as one rejection.
      if (at >= until) {
        floorMs = nextFloorMs;
        nextFloorMs = Math.min(floorMs * 2, maxFloorMs);
      }
      const pauseMs = Math.min(Math.max(requestedMs ?? defaultPauseMs, floorMs), maxPauseMs);
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
 * The pause from `Retry-After`, in milliseconds. The header holds seconds or a date; a date is compared with the
 * response's own `Date` header, so the clocks need not agree. `undefined` if missing or invalid.
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

/** The pause stated in a message such as "try again in 30 seconds", in milliseconds. */
export function readPauseInWords(message: string): number | undefined {
  const [, amount, unit = ''] =
    /\b(?:in|after|within|wait)\s+(?:about\s+)?(\d{1,6}(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?)\b/i.exec(
      message,
    ) ?? [];
  return amount === undefined ? undefined : Number(amount) * (/^m/i.test(unit) ? 60_000 : 1000);
}

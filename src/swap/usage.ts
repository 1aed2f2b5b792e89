import { badUserInput } from './errors.js';

/** A client's swaps that were accepted in a month, and how many of them have succeeded or failed so far. */
export interface UsageCounts {
  swaps: number;
  succeeded: number;
  failed: number;
}

/**
 * Counts swaps per client and calendar month in UTC, exactly: with the acceptance and with the first outcome of each swap, in the
 * same transaction. The swaps of a client token count for its parent, too. The store does the counting; this is how to read it.
 */
export interface UsageReader {
  /** Zeros for a month without swaps. @param month such as `2026-01` */
  read(client: string, month: string): Promise<UsageCounts>;
  /** Removes all counts of the clients. */
  remove(clients: readonly string[]): Promise<void>;
}

export const noUsage: UsageCounts = { swaps: 0, succeeded: 0, failed: 0 };

/** Months that counts are kept after their own. */
const keptMonths = 13;

/** The month of a time in milliseconds since the epoch. */
export const monthOf = (time: number): string => new Date(time).toISOString().slice(0, 7);

/** When the counts of a month expire, milliseconds since the epoch. */
export function usageExpiry(month: string): number {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return Date.UTC(year, number + keptMonths, 1);
}

/** The first month whose counts are still kept. */
export function firstKeptMonth(now: number): string {
  const date = new Date(now);
  return monthOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - keptMonths, 1));
}

/** Every month whose counts may still be kept, and the next one, in case that clocks differ. */
export function keptMonthsAt(now: number): string[] {
  const date = new Date(now);
  return Array.from({ length: keptMonths + 2 }, (_, ago) =>
    monthOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1 - ago, 1)),
  );
}

/** @returns the month, or that of `now` if none is given. @throws BAD_USER_INPUT */
export function parseMonth(month: string | null | undefined, now: number): string {
  if (month == null) return monthOf(now);
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return month;
  throw badUserInput([{ path: 'month', message: 'must be a calendar month such as 2026-01' }]);
}

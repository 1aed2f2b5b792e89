import { type Summary, summarize } from './statistics.ts';

/** At least two significant digits, with thousands separators: `0.52`, `12.3`, `31,200`. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** `median (min–max)`. */
export function showRounds(values: readonly number[]): string {
  const { median, min, max }: Summary = summarize(values);
  return `${show(median)} (${show(min)}–${show(max)})`;
}

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const maxMs = 366 * 86_400_000;

/** Reads `90s`, `30m`, `1.5h` or `2d`. @returns milliseconds @throws Error with a message for the user */
export function readDuration(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text.trim()) ?? [];
  const ms = amount === undefined ? 0 : Math.round(Number(amount) * (units[unit] ?? 0));
  if (ms <= 0 || ms > maxMs)
    throw new Error('--for must be a number with s, m, h or d, such as 30m, at most 366d');
  return ms;
}

/** Such as `12 s`, `5 min`, `3 h`, `2 d`. */
export function showDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

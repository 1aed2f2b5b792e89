/**
 * Time that an oracle needs for swaps with these durations, in the order of the requests: whenever a slot is free the
 * next swap starts, and no slot is idle while one waits.
 *
 * @returns milliseconds from the first start to the last end
 */
export function oracleMs(durationsMs: readonly number[], slots: number): number {
  const freeAt = Array.from({ length: slots }, () => 0);
  for (const durationMs of durationsMs) {
    const next = freeAt.indexOf(Math.min(...freeAt));
    freeAt[next] = (freeAt[next] ?? 0) + durationMs;
  }
  return Math.max(...freeAt);
}

/**
 * What an oracle needs for swaps that take so long, in the order in which they were requested: whenever a slot is free the
 * next one starts in it, and none is ever idle while one waits.
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

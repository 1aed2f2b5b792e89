export interface Rate {
  perSecond: number;
  /** How many may come at once after a time of rest. */
  burst: number;
}

/**
 * A token bucket for each key. Kept as one number, the moment at which the bucket will be full again (the generic cell
 * rate algorithm), since this runs for every request.
 */
export interface RateLimiter {
  /** Takes one token. @returns 0, or for how many milliseconds none will be there; then none was taken */
  take(key: string): number;
  /** The same without taking one. */
  peek(key: string): number;
  /** How many keys are remembered. */
  size(): number;
}

/**
 * @param maxKeys beyond these, the longest known is forgotten and has a full bucket again
 * @param now monotonic, milliseconds
 */
export function createRateLimiter(
  { perSecond, burst }: Rate,
  maxKeys = 20_000,
  now: () => number = () => performance.now(),
): RateLimiter {
  const tokenMs = 1000 / perSecond;
  const bucketMs = burst * tokenMs;
  const fullAt = new Map<string, number>();

  const spend = (key: string, time: number): number => Math.max(fullAt.get(key) ?? 0, time) + tokenMs;
  const wait = (next: number, time: number): number => Math.max(0, next - time - bucketMs);

  return {
    take(key) {
      const time = now();
      const next = spend(key, time);
      const waitMs = wait(next, time);
      if (waitMs > 0) return waitMs;
      if (fullAt.size >= maxKeys && !fullAt.has(key)) forgetOldest(fullAt);
      fullAt.set(key, next);
      return 0;
    },
    peek(key) {
      const time = now();
      return wait(spend(key, time), time);
    },
    size: () => fullAt.size,
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

import { LRUCache } from 'lru-cache';

export interface Rate {
  perSecond: number;
  /** How many may come at once after a time of rest. */
  burst: number;
}

/**
 * A token bucket per key. Each is kept as one number, the time at which the bucket is full again (the generic cell rate
 * algorithm), since this runs for every request.
 */
export interface RateLimiter {
  /** Takes one token. @returns 0, or the milliseconds until there is one; then none was taken */
  take(key: string): number;
  /** The same without taking one. */
  peek(key: string): number;
  /** How many keys are remembered. */
  size(): number;
}

/** Takes a token from a bucket that is full again at `fullAt`. @returns when it is full again after that */
export function takeToken({ perSecond }: Rate, fullAt: number, now: number): number {
  return Math.max(fullAt, now) + 1000 / perSecond;
}

/** How long a token whose `takeToken` returned `fullAt` has to wait, milliseconds. */
export function tokenWaitMs({ perSecond, burst }: Rate, fullAt: number, now: number): number {
  return Math.max(0, fullAt - now - (burst * 1000) / perSecond);
}

/**
 * @param maxKeys beyond these, the least recently used key is forgotten and has a full bucket again
 * @param now milliseconds
 */
export function createRateLimiter(
  rate: Rate,
  maxKeys = 20_000,
  now: () => number = () => performance.now(),
): RateLimiter {
  const fullAt = new LRUCache<string, number>({ max: maxKeys });
  return {
    take(key) {
      const time = now();
      const next = takeToken(rate, fullAt.get(key) ?? 0, time);
      const waitMs = tokenWaitMs(rate, next, time);
      if (waitMs === 0) fullAt.set(key, next);
      return waitMs;
    },
    peek(key) {
      const time = now();
      return tokenWaitMs(rate, takeToken(rate, fullAt.get(key) ?? 0, time), time);
    },
    size: () => fullAt.size,
  };
}

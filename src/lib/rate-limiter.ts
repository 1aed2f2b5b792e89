import { LRUCache } from 'lru-cache';
import { one } from './lru-size.js';

export interface Rate {
  perSecond: number;
  /** Capacity of the bucket: how many requests are allowed at once after a pause. */
  burst: number;
}

/**
 * A token bucket per key. Each is kept as one number, the time at which the bucket is full again (the generic cell rate
 * algorithm), since this runs for every request.
 */
export interface RateLimiter {
  /** Takes one token. @returns 0, or the milliseconds until one is available; then none was taken */
  take(key: string): number;
  /** Like `take`, without taking a token. */
  peek(key: string): number;
  /** Number of tracked keys. */
  size(): number;
}

/** Takes a token from a bucket that is full again at `fullAt`. @returns when it is full again after that */
export function takeToken({ perSecond }: Rate, fullAt: number, now: number): number {
  return Math.max(fullAt, now) + 1000 / perSecond;
}

/** How long the token for which `takeToken` returned `fullAt` has to wait, milliseconds. */
export function tokenWaitMs({ perSecond, burst }: Rate, fullAt: number, now: number): number {
  return Math.max(0, fullAt - now - (burst * 1000) / perSecond);
}

/**
 * @param maxKeys beyond these, the least recently used key is evicted, so its bucket is full again
 * @param now milliseconds
 */
export function createRateLimiter(
  rate: Rate,
  maxKeys = 20_000,
  now: () => number = () => performance.now(),
): RateLimiter {
  const fullAt = new LRUCache<string, number>({ maxSize: maxKeys, sizeCalculation: one });
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

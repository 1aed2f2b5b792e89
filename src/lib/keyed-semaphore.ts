/** A counting semaphore per key, such as sockets per client. Stores only keys that hold a slot. */
export interface KeyedSemaphore {
  /** False: no slot is free, and nothing changes. True: must be followed by one `release`. */
  tryAcquire(key: string): boolean;
  release(key: string, count?: number): void;
}

export function createKeyedSemaphore(limit: number): KeyedSemaphore {
  const counts = new Map<string, number>();
  return {
    tryAcquire(key) {
      const count = counts.get(key) ?? 0;
      if (count >= limit) return false;
      counts.set(key, count + 1);
      return true;
    },
    release(key, count = 1) {
      const remaining = (counts.get(key) ?? 0) - count;
      if (remaining > 0) counts.set(key, remaining);
      else counts.delete(key);
    },
  };
}

/** Acquires a slot of every key, or none. True: must be followed by one `releaseAll`. */
export function tryAcquireAll(semaphore: KeyedSemaphore, keys: readonly string[]): boolean {
  for (const [index, key] of keys.entries()) {
    if (semaphore.tryAcquire(key)) continue;
    releaseAll(semaphore, keys.slice(0, index));
    return false;
  }
  return true;
}

export function releaseAll(semaphore: KeyedSemaphore, keys: readonly string[]): void {
  for (const key of keys) semaphore.release(key);
}

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

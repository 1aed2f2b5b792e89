/** A limited number of places for each key, such as sockets for each client. Remembers only keys that hold one. */
export interface KeyedSemaphore {
  /** False: all are taken, and nothing changes. True: must be followed by one `leave`. */
  tryAcquire(key: string): boolean;
  release(key: string, count?: number): void;
}

export function createKeyedSemaphore(limit: number): KeyedSemaphore {
  const taken = new Map<string, number>();
  return {
    tryAcquire(key) {
      const count = taken.get(key) ?? 0;
      if (count >= limit) return false;
      taken.set(key, count + 1);
      return true;
    },
    release(key, count = 1) {
      const left = (taken.get(key) ?? 0) - count;
      if (left > 0) taken.set(key, left);
      else taken.delete(key);
    },
  };
}

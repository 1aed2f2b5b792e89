/**
 * An async iterator with room for one value: whoever reads slowly gets the latest state, never a backlog, and a reader
 * that stalls holds one value, no more.
 */
export interface LatestFeed<T> extends AsyncIterableIterator<T> {
  /** Replaces the value that waits to be read, if any. Nothing happens after the end. */
  offer(value: T): void;
  /** Ends the feed at once: a waiting reader gets `done`, a value not yet read is dropped. */
  return(): Promise<IteratorResult<T>>;
}

/**
 * @param isLast the feed ends after a value for which this is true
 * @param onEnd called once, when the feed has ended in whatever way
 */
export function createLatestFeed<T>(isLast: (value: T) => boolean, onEnd: () => void): LatestFeed<T> {
  let waiting: { value: T } | undefined;
  let reader: ((result: IteratorResult<T>) => void) | undefined;
  let isOver = false;

  const end = (): IteratorResult<T> => {
    if (!isOver) {
      isOver = true;
      waiting = undefined;
      onEnd();
    }
    reader?.({ done: true, value: undefined });
    reader = undefined;
    return { done: true, value: undefined };
  };

  const take = (value: T): IteratorResult<T> => {
    if (isLast(value)) {
      isOver = true;
      onEnd();
    }
    return { done: false, value };
  };

  return {
    offer(value) {
      if (isOver) return;
      if (!reader) {
        waiting = { value };
        return;
      }
      const give = reader;
      reader = undefined;
      give(take(value));
    },
    next() {
      if (waiting) {
        const { value } = waiting;
        waiting = undefined;
        return Promise.resolve(take(value));
      }
      if (isOver) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve) => {
        reader = resolve;
      });
    },
    return: async () => end(),
    throw: async (error) => {
      end();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

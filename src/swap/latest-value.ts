/** The producer of a feed's values. */
export interface LatestValueSource<T extends object> {
  /** Whether the feed ends after this value. */
  isLast(value: T): boolean;
  /** Called once, soon after the feed has ended for any reason. */
  onClosed(feed: LatestValue<T>): void;
}

export interface LatestValueReader {
  /** Called when there is a value to read, or the feed has ended. */
  onReadable(): void;
}

/**
 * A conflating feed that holds one value: a slow reader gets the latest state, never a backlog, and a stalled reader costs one
 * value. Read it with `read` and `shift`, or as an async iterator. A class, since there is one per subscriber.
 */
export class LatestValue<T extends object> implements AsyncIterableIterator<T> {
  readonly #source: LatestValueSource<T>;
  #waiting: T | undefined;
  #reader: LatestValueReader | undefined;
  #isOver = false;

  constructor(source: LatestValueSource<T>) {
    this.#source = source;
  }

  /** True once the last value was read or the feed was closed. */
  get isClosed(): boolean {
    return this.#isOver;
  }

  get isEmpty(): boolean {
    return this.#waiting === undefined;
  }

  /** Replaces the unread value, if any. No effect once the feed is closed. */
  push(value: T): void {
    if (this.#isOver) return;
    this.#waiting = value;
    this.#reader?.onReadable();
  }

  /** Sets the reader; notifies it at once if there is a value or the feed is closed. */
  read(reader: LatestValueReader): void {
    this.#reader = reader;
    if (this.#waiting !== undefined || this.#isOver) reader.onReadable();
  }

  /** Removes and returns the unread value, if any. */
  shift(): T | undefined {
    const value = this.#waiting;
    if (value === undefined) return undefined;
    this.#waiting = undefined;
    if (this.#source.isLast(value)) {
      this.#isOver = true;
      // Deferred so that the caller handles the value first.
      queueMicrotask(() => this.#source.onClosed(this));
    }
    return value;
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve) => {
      const deliver = (): void => {
        const value = this.shift();
        if (value === undefined && !this.#isOver) return;
        this.#reader = undefined;
        resolve(value === undefined ? { done: true, value } : { done: false, value });
      };
      this.read({ onReadable: deliver });
    });
  }

  /** Closes the feed at once: notifies a waiting reader and drops an unread value. */
  async return(): Promise<IteratorResult<T>> {
    this.close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<T>> {
    this.close();
    throw error;
  }

  /** Like `return`, without a promise. */
  close(): void {
    if (this.#isOver) return;
    this.#waiting = undefined;
    this.#end();
    this.#reader?.onReadable();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    this.#isOver = true;
    this.#source.onClosed(this);
  }
}

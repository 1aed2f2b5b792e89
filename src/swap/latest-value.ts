/** Where the values of a feed come from. */
export interface LatestValueSource<T extends object> {
  /** True: the feed ends after this value. */
  isLast(value: T): boolean;
  /** Called once, soon after the feed has ended in whatever way. */
  onClosed(feed: LatestValue<T>): void;
}

export interface LatestValueReader {
  /** There is something to take, or the feed is over. */
  onReadable(): void;
}

/**
 * A feed with room for one value: whoever reads slowly gets the latest state, never a backlog, and a reader that stalls
 * holds one value, no more. Read either by `read` and `take`, or as an async iterator. A class, since there are as many
 * of them as there are subscribers.
 */
export class LatestValue<T extends object> implements AsyncIterableIterator<T> {
  readonly #source: LatestValueSource<T>;
  #waiting: T | undefined;
  #reader: LatestValueReader | undefined;
  #isOver = false;

  constructor(source: LatestValueSource<T>) {
    this.#source = source;
  }

  /** Nothing comes any more: the last value was taken, or the feed was ended. */
  get isClosed(): boolean {
    return this.#isOver;
  }

  get isEmpty(): boolean {
    return this.#waiting === undefined;
  }

  /** Replaces the value that waits to be read, if any. Nothing happens after the end. */
  push(value: T): void {
    if (this.#isOver) return;
    this.#waiting = value;
    this.#reader?.onReadable();
  }

  /** Tells this reader from now on, at once if there is something. */
  read(reader: LatestValueReader): void {
    this.#reader = reader;
    if (this.#waiting !== undefined || this.#isOver) reader.onReadable();
  }

  /** The value that waits, which does so no more. */
  shift(): T | undefined {
    const value = this.#waiting;
    if (value === undefined) return undefined;
    this.#waiting = undefined;
    if (this.#source.isLast(value)) {
      this.#isOver = true;
      // Whoever takes it has something better to do first.
      queueMicrotask(() => this.#source.onClosed(this));
    }
    return value;
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve) => {
      const give = (): void => {
        const value = this.shift();
        if (value === undefined && !this.#isOver) return;
        this.#reader = undefined;
        resolve(value === undefined ? { done: true, value } : { done: false, value });
      };
      this.read({ onReadable: give });
    });
  }

  /** Ends the feed at once: a waiting reader is told, a value not yet read is dropped. */
  async return(): Promise<IteratorResult<T>> {
    this.close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<T>> {
    this.close();
    throw error;
  }

  /** The same as `return`, without a promise. */
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

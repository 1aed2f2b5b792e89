import type { Dispatcher } from 'undici';

export interface DownloadOptions {
  dispatcher: Dispatcher;
  headers: Record<string, string>;
  /** From the request to the last byte, in milliseconds. */
  timeoutMs: number;
  /** Aborted: the response is no longer needed. */
  signal: AbortSignal;
}

export interface Download {
  statusCode: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Can be read once. Must be read to its end or destroyed. Throws the errors of `download`. */
  body: AsyncIterable<Buffer> & { destroy(): void };
}

/** The response did not end in time. */
export class DownloadTimeout extends Error {
  override readonly name = 'DownloadTimeout';
}

/**
 * Sends a GET. Follows no redirect. Resolves with the head of the response; its body is read as fast as it is taken.
 *
 * @throws DownloadTimeout; the reason of the signal; errors of undici
 */
export function download(url: string, options: DownloadOptions): Promise<Download> {
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(options, resolve, reject);
    options.dispatcher.dispatch(
      { origin, path: pathname + search, method: 'GET', headers: options.headers },
      exchange,
    );
  });
}

/** Bytes that may wait to be taken before the sender has to. */
const maxWaitingBytes = 256 * 1024;

/** One request and its response. Implements undici's handler: the streams of `request` cost more than a small picture does otherwise. */
class Exchange implements Dispatcher.DispatchHandler, AsyncIterator<Buffer, undefined> {
  readonly #options: DownloadOptions;
  readonly #resolve: (download: Download) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#abort(this.#options.signal.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isOver = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(
    options: DownloadOptions,
    resolve: (download: Download) => void,
    reject: (error: Error) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    const { signal, timeoutMs } = options;
    this.#timer = setTimeout(
      () => this.#abort(new DownloadTimeout(`no complete response within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#error) controller.abort(this.#error);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Download['headers'],
  ): void {
    if (statusCode < 200) return;
    const body = { [Symbol.asyncIterator]: () => this, destroy: () => this.#destroy() };
    this.#resolve({ statusCode, headers, body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > maxWaitingBytes) controller.pause();
    this.#wake?.();
  }

  onResponseEnd(): void {
    this.#end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    while (this.#waiting.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#error) throw this.#error;
    const value = this.#waiting.shift();
    if (!value) return { done: true, value: undefined };
    this.#waitingBytes -= value.length;
    if (this.#controller?.paused && this.#waitingBytes <= maxWaitingBytes) this.#controller.resume();
    return { value };
  }

  async return(): Promise<IteratorResult<Buffer, undefined>> {
    this.#destroy();
    return { done: true, value: undefined };
  }

  #destroy(): void {
    this.#waiting = [];
    this.#abort(new Error('the rest of the response is not needed'));
  }

  #abort(error: Error): void {
    if (this.#isOver) return;
    this.#end(error);
    this.#controller?.abort(error);
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    if (error) this.#reject(error);
    this.#wake?.();
  }
}

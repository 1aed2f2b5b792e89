import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { maxBodyBytes, type RawBody } from './decode-body.js';
import type { StreamedBody } from './request-body.js';

export type ResponseHeaders = Readonly<Record<string, string | undefined>>;

export interface PostAnswer {
  kind: 'answer';
  httpStatus: number;
  /** Keyed by lower-case name; repeated headers are joined. */
  headers: ResponseHeaders;
  body: RawBody;
  /** False: the body was truncated, but `isEnough` accepted it. */
  isComplete: boolean;
}

export type PostResult =
  | PostAnswer
  /**
   * `wasSent` is false only if no byte of the request was written, so the server cannot have accepted it. `late`: the
   * response is still awaited; it resolves like the call itself, without another `late`.
   */
  | { kind: 'no-answer'; wasSent: boolean; reason: string; late?: Promise<PostResult> };

export interface PostOptions {
  /** Must not use HTTP/2, over which undici resends requests, and must have no timeout other than the connect timeout. */
  dispatcher: Dispatcher;
  /** Covers connecting, sending and the whole response. */
  timeoutMs: number;
  /** Whether a truncated response is complete enough to be used. */
  isEnough(answer: PostAnswer): boolean;
  /** How long to keep reading after `timeoutMs` without a response, milliseconds. 0: not at all. */
  lateMs?(): number;
  /** Limit on the response, also after decompression, in bytes. Default: 1 MiB. */
  maxResponseBytes?: number;
  /** Called once, when no more data can arrive. */
  onDone?(): void;
}

/**
 * Sends one POST and never resends it. Follows no redirect. Never throws: a refused connection, a reset, a timeout, and
 * a response that is truncated or too large become `no-answer`.
 */
export function postJson(
  url: string,
  body: object | StreamedBody,
  options: PostOptions,
): Promise<PostResult> {
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve) => {
    const exchange = new Exchange(options, resolve);
    options.dispatcher.dispatch(
      {
        origin,
        path: pathname + search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(isStreamed(body) && { 'content-length': String(body.bytes) }),
        },
        body: isStreamed(body) ? (body.parts() as unknown as Readable) : JSON.stringify(body),
      },
      exchange,
    );
  });
}

const isStreamed = (body: object): body is StreamedBody => 'parts' in body;

/** Headers with a single value: if one is repeated, the first wins. */
const singleHeaders = new Set(['content-type', 'retry-after', 'date', 'location']);

/** undici returns a list for every repeated header, unlike its types and Node.js. */
function withoutLists(headers: Readonly<Record<string, string | string[] | undefined>>): ResponseHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (!Array.isArray(value)) return [name, value];
      return [name, singleHeaders.has(name) ? value[0] : value.join(', ')];
    }),
  );
}

/** How many times newly arriving data may postpone a timeout that fired after a stall. */
const maxGraceRounds = 100;

/** One request and its response. Implements undici's handler: `request` would create streams for a few hundred bytes. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: PostOptions;
  #resolve: (result: PostResult) => void;
  #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #httpStatus = 0;
  #headers: ResponseHeaders = {};
  #chunks: Buffer[] = [];
  #length = 0;
  #isLate = false;
  #isOver = false;

  constructor(options: PostOptions, resolve: (result: PostResult) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#onTimeout(maxGraceRounds), options.timeoutMs);
  }

  /** The connection is up and the request is about to be written; aborting here prevents that. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) controller.abort(new Error('aborted before it was sent'));
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    httpStatus: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#httpStatus = httpStatus;
    this.#headers = withoutLists(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > (this.#options.maxResponseBytes ?? maxBodyBytes))
      this.#abort(new Error('response is too large'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end(this.#answer(true));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  /**
   * After a stall of the process, timers fire before sockets are read, so the response may already be in the kernel. So
   * sockets are read first, and again as long as data keeps arriving.
   */
  #onTimeout(rounds: number): void {
    const length = this.#length;
    const httpStatus = this.#httpStatus;
    const decide = (): void => {
      if (this.#isOver) return;
      const hasProgress = this.#length > length || this.#httpStatus !== httpStatus;
      if (hasProgress && rounds > 0) this.#onTimeout(rounds - 1);
      else this.#timeOut();
    };
    setImmediate(() => setImmediate(decide));
  }

  #timeOut(): void {
    const { timeoutMs, lateMs, isEnough } = this.#options;
    const error = new Error(`no response within ${timeoutMs} ms`);
    const remainingMs = this.#isLate || !this.#controller ? 0 : (lateMs?.() ?? 0);
    const isReady = this.#httpStatus > 0 && isEnough(this.#answer(false));
    if (remainingMs <= 0 || isReady) {
      this.#abort(error);
      return;
    }
    const resolveCall = this.#resolve;
    const late = new Promise<PostResult>((resolve) => {
      this.#resolve = resolve;
    });
    this.#isLate = true;
    this.#timer = setTimeout(() => this.#onTimeout(maxGraceRounds), remainingMs);
    resolveCall({ kind: 'no-answer', wasSent: true, reason: String(error), late });
  }

  #abort(error: Error): void {
    this.#fail(error);
    this.#controller?.abort(error);
  }

  #fail(error: Error): void {
    const partial = this.#answer(false);
    if (!this.#isOver && partial.httpStatus > 0 && this.#options.isEnough(partial)) {
      this.#end(partial);
      return;
    }
    this.#end({ kind: 'no-answer', wasSent: this.#controller !== undefined, reason: String(error) });
  }

  #answer(isComplete: boolean): PostAnswer {
    const [contentType, contentEncoding] = [this.#headers['content-type'], this.#headers['content-encoding']];
    const { maxResponseBytes: maxBytes } = this.#options;
    const body = { bytes: Buffer.concat(this.#chunks), contentType, contentEncoding, maxBytes };
    return { kind: 'answer', httpStatus: this.#httpStatus, headers: this.#headers, body, isComplete };
  }

  #end(result: PostResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#chunks = [];
    this.#resolve(result);
    // Deferred, to stay out of undici's own call stack.
    const { onDone } = this.#options;
    if (onDone) setImmediate(onDone);
  }
}

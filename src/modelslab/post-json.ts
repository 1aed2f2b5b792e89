import type { Agent, Dispatcher } from 'undici';

export type PostResult =
  | { kind: 'answer'; httpStatus: number; text: string }
  /** `wasSent` is false only if not one byte of the request was written, so that the server cannot have taken it. */
  | { kind: 'no-answer'; wasSent: boolean; reason: string };

const maxAnswerBytes = 1024 * 1024;

/**
 * One POST; never sent again by itself. Follows no redirect. Never throws: a refused connection, a reset, a timeout and
 * an answer that is broken off, or larger than 1 MiB, are `no-answer`.
 *
 * @param agent must not speak HTTP/2, over which undici does send requests again
 * @param timeoutMs for connecting, sending and the whole answer together
 */
export function postJson(
  url: string,
  body: object,
  { agent, timeoutMs }: { agent: Agent; timeoutMs: number },
): Promise<PostResult> {
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve) => {
    const exchange = new Exchange(timeoutMs, resolve);
    agent.dispatch(
      {
        origin,
        path: pathname + search,
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
      },
      exchange,
    );
  });
}

/** One request and its answer. Spoken to by undici itself, whose `request` would make streams for a few hundred bytes. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #tell: (result: PostResult) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #httpStatus = 0;
  #chunks: Buffer[] = [];
  #length = 0;
  #isOver = false;

  constructor(timeoutMs: number, tell: (result: PostResult) => void) {
    this.#tell = tell;
    this.#timer = setTimeout(() => this.#giveUp(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  }

  /** There is a connection, and the request is about to be written to it; it is not if it is aborted here. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) controller.abort(new Error('given up before it was sent'));
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, httpStatus: number): void {
    this.#httpStatus = httpStatus;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > maxAnswerBytes) this.#giveUp(new Error('answer is too large'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.#chunks).toString('utf8');
    this.#end({ kind: 'answer', httpStatus: this.#httpStatus, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #giveUp(error: Error): void {
    this.#fail(error);
    this.#controller?.abort(error);
  }

  #fail({ name, message }: Error): void {
    const wasSent = this.#controller !== undefined;
    this.#end({ kind: 'no-answer', wasSent, reason: `${name}: ${message}` });
  }

  #end(result: PostResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#chunks = [];
    this.#tell(result);
  }
}

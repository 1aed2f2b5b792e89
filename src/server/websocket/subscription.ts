import type { GatewayContext } from '../../graphql/context.js';
import type { CompiledOperation, Variables } from '../../graphql/execution/compiled-operations.js';
import type { SharedPayloads, Subscribed } from '../../graphql/execution/shared-payloads.js';
import type { LatestValue, LatestValueReader } from '../../swap/latest-value.js';
import { type EndedSwap, isEnded } from '../../swap/swap.js';
import type { SwapView } from '../../swap/watch.js';

/** What a subscription needs of its socket. */
export interface SubscriptionHost {
  /** False while what was sent before waits to be taken; `flush` is called when it is. */
  canSend(): boolean;
  /** Sends messages together. */
  send(...messages: string[]): void;
  context(requestNumber: number): GatewayContext;
  /** The subscription is over; its id is free again. */
  forget(subscription: Subscription): void;
  readonly payloads: SharedPayloads;
  /** Someone who had followed a swap was sent its end. */
  pushed(swap: EndedSwap): void;
  /** Closes the socket after an unexpected error. Never throws. */
  fail(error: unknown): void;
}

/** One subscription of one socket, from `subscribe` to `complete`. A class without closures, since there are so many. */
export class Subscription implements LatestValueReader, Subscribed {
  operation!: CompiledOperation;
  variables: Variables | undefined;
  readonly #host: SubscriptionHost;
  readonly #number: number;
  #feed: LatestValue<SwapView> | undefined;
  #isOver = false;
  #isRendering = false;
  /** Whether something was sent already. */
  #wasShown = false;

  constructor(
    host: SubscriptionHost,
    readonly id: string,
    number: number,
  ) {
    this.#host = host;
    this.#number = number;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends what the feed gives, from now on. */
  follow(operation: CompiledOperation, variables: Variables | undefined, feed: LatestValue<SwapView>): void {
    if (this.#isOver) {
      feed.close();
      return;
    }
    this.operation = operation;
    this.variables = variables;
    this.#feed = feed;
    feed.read(this);
  }

  context(): GatewayContext {
    return this.#host.context(this.#number);
  }

  /** Never throws: one subscriber's failure must not affect the publisher. */
  onReadable(): void {
    try {
      this.#read();
    } catch (error) {
      this.#host.fail(error);
    }
  }

  #read(): void {
    if (this.#isOver || this.#isRendering || !this.#host.canSend()) return;
    const view = this.#feed?.shift();
    if (!view) {
      if (this.#feed?.isClosed) this.#finish();
      return;
    }
    const payload = this.#host.payloads(view, this);
    if (typeof payload === 'string') {
      this.#push(view, payload);
      return;
    }
    this.#isRendering = true;
    payload.then((text) => this.#push(view, text)).catch((error: unknown) => this.#host.fail(error));
  }

  /** Ends it without a word to the client. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
  }

  #leave(): void {
    this.#host.forget(this);
    this.#feed?.close();
  }

  #push({ swap }: SwapView, payload: string): void {
    this.#isRendering = false;
    if (this.#isOver) return;
    const next = `{"id":${JSON.stringify(this.id)},"type":"next","payload":${payload}}`;
    if (this.#feed?.isClosed) {
      this.#finish(next);
      // Who came after the end was sent it at once, which is no push.
      if (this.#wasShown && isEnded(swap)) this.#host.pushed(swap);
      return;
    }
    this.#wasShown = true;
    this.#host.send(next);
    this.onReadable();
  }

  /** The client is told first, and what is kept of the subscription goes after that. */
  #finish(...last: string[]): void {
    this.#isOver = true;
    this.#host.send(...last, `{"id":${JSON.stringify(this.id)},"type":"complete"}`);
    this.#leave();
  }
}

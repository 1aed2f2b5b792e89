import type { GatewayContext } from '../../graphql/context.js';
import type { CompiledOperation, Variables } from '../../graphql/execution/compiled-operations.js';
import type { SharedPayloads, Subscribed } from '../../graphql/execution/shared-payloads.js';
import type { LatestValue, LatestValueReader } from '../../swap/latest-value.js';
import { type EndedSwap, isEnded } from '../../swap/swap.js';
import type { SwapView } from '../../swap/watch.js';

/** How a transport writes what a subscription sends. */
export interface SubscriptionFrames {
  /** @param payload JSON of an execution result */
  next(id: string, payload: string): string;
  complete(id: string): string;
}

/** What a subscription needs from its connection. */
export interface SubscriptionHost {
  readonly frames: SubscriptionFrames;
  /** False while the connection is backed up; `onReadable` is called when it has drained. */
  canSend(): boolean;
  /** Sends messages in one write. */
  send(...messages: string[]): void;
  context(requestNumber: number): GatewayContext;
  /** The subscription has ended; its id may be reused. */
  forget(subscription: Subscription): void;
  readonly payloads: SharedPayloads;
  /** Called when a finished swap was sent to a client that subscribed before it finished. */
  pushed(swap: EndedSwap): void;
  /** Closes the connection after an unexpected error. Never throws. */
  fail(error: unknown): void;
}

/** One subscription, from `subscribe` to `complete`. A class without closures, to save memory: there are many. */
export class Subscription implements LatestValueReader, Subscribed {
  operation!: CompiledOperation;
  variables: Variables | undefined;
  readonly #host: SubscriptionHost;
  readonly #number: number;
  #source: LatestValue<SwapView> | undefined;
  #isOver = false;
  #isRendering = false;
  /** Whether an event has been sent. */
  #hasSent = false;

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

  /** Starts sending the values of `source`. */
  follow(
    operation: CompiledOperation,
    variables: Variables | undefined,
    source: LatestValue<SwapView>,
  ): void {
    if (this.#isOver) {
      source.close();
      return;
    }
    this.operation = operation;
    this.variables = variables;
    this.#source = source;
    source.read(this);
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
    const view = this.#source?.shift();
    if (!view) {
      if (this.#source?.isClosed) this.#finish();
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

  /** Ends the subscription without a message to the client. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release();
  }

  #release(): void {
    this.#host.forget(this);
    this.#source?.close();
  }

  #push({ swap }: SwapView, payload: string): void {
    this.#isRendering = false;
    if (this.#isOver) return;
    const next = this.#host.frames.next(this.id, payload);
    if (this.#source?.isClosed) {
      this.#finish(next);
      // A client that subscribed after the swap finished gets a snapshot, which is not a push.
      if (this.#hasSent && isEnded(swap)) this.#host.pushed(swap);
      return;
    }
    this.#hasSent = true;
    this.#host.send(next);
    this.onReadable();
  }

  /** Sends `complete` before cleaning up, so that the client does not wait for it. */
  #finish(...last: string[]): void {
    this.#isOver = true;
    this.#host.send(...last, this.#host.frames.complete(this.id));
    this.#release();
  }
}

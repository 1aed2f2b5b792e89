import type { ServerResponse } from 'node:http';
import type { GatewayContext } from '../../graphql/context.js';
import type { SharedPayloads } from '../../graphql/execution/shared-payloads.js';
import type { FaultReporter } from '../../lib/contain.js';
import type { EndedSwap } from '../../swap/swap.js';
import {
  Subscription,
  type SubscriptionFrames,
  type SubscriptionHost,
} from '../subscriptions/subscription.js';
import type { SubscriptionRequest, Subscriptions } from '../subscriptions/subscriptions.js';

/** The protocol of graphql-sse with distinct connections. JSON has no line breaks, so an event is one line of data. */
const frames: SubscriptionFrames = {
  next: (_id, payload) => `event: next\ndata: ${payload}\n\n`,
  complete: () => 'event: complete\ndata:\n\n',
};
/** A comment, which clients ignore. */
const ping = ':\n\n';

/** One subscription as the response to a POST. Ends with it; a client that leaves closes the connection. */
export class EventStream implements SubscriptionHost {
  readonly frames = frames;
  /** Time of the last ping, or of the start before the first one. */
  pingedAt = performance.now();
  readonly #subscription = new Subscription(this, '', 1);

  constructor(
    readonly response: ServerResponse,
    readonly operationContext: GatewayContext,
    readonly subscriptions: Subscriptions,
    readonly report: FaultReporter,
  ) {
    response.on('drain', () => this.#subscription.onReadable());
  }

  get payloads(): SharedPayloads {
    return this.subscriptions.payloads;
  }

  get principal(): GatewayContext['principal'] {
    return this.operationContext.principal;
  }

  /** Starts the subscription. What is wrong with it arrives as an event: browsers do not show pages the body of an error. */
  async start(request: SubscriptionRequest): Promise<void> {
    const failure = await this.subscriptions.start(this.#subscription, request, this.operationContext, {
      transport: 'server-sent events',
      count: 1,
      caller: this.operationContext.span?.traceparent,
    });
    if (!failure || this.#subscription.isOver) return;
    this.send(frames.next('', JSON.stringify({ errors: failure.errors })), frames.complete(''));
    this.#subscription.cancel();
  }

  canSend(): boolean {
    return !this.response.writableNeedDrain;
  }

  send(...messages: string[]): void {
    if (!this.response.writableEnded) this.response.write(messages.join(''));
  }

  /** Keeps proxies from closing a silent connection. Nothing is added to what the client does not read. */
  ping(now: number): void {
    this.pingedAt = now;
    if (this.canSend()) this.send(ping);
  }

  context(): GatewayContext {
    return this.operationContext;
  }

  pushed(swap: EndedSwap): void {
    this.subscriptions.pushed(swap);
  }

  forget(subscription: Subscription): void {
    this.subscriptions.stop(this.principal.client, subscription);
    // The last event is written before.
    this.close();
  }

  fail(error: unknown): void {
    this.report('socket', error, { requestId: this.operationContext.requestId });
    this.response.destroy();
  }

  /** Ends the response after what was written. The client connects again, unless the subscription is complete. */
  close(): void {
    if (!this.response.writableEnded) this.response.end();
  }

  /** Cleans up after the connection has closed. */
  end(): void {
    this.#subscription.cancel();
  }
}

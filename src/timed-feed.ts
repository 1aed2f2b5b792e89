import type { LatestFeed } from './swap/latest-feed.js';
import { type EndedSwap, isEnded } from './swap/swap.js';
import type { SwapView } from './swap/swap-watch.js';

/** Is told what becomes of feeds. */
export interface FeedWatch {
  /** An ended swap was sent to a reader who had been there before it ended. */
  pushed(swap: EndedSwap): void;
  /** Once for each feed. */
  closed(): void;
}

/**
 * A feed of one subscriber, observed. A class, unlike the rest of the house: with a closure for each method a subscription
 * would hold 500 bytes more.
 */
export class TimedFeed implements LatestFeed<SwapView> {
  private isOpen = true;
  private sending: EndedSwap | undefined = undefined;

  constructor(
    private readonly feed: LatestFeed<SwapView>,
    private readonly since: number,
    private readonly watch: FeedWatch,
  ) {}

  offer(value: SwapView): void {
    this.feed.offer(value);
  }

  async next(): Promise<IteratorResult<SwapView>> {
    // The reader asks for more when it has sent what it got.
    if (this.sending) this.watch.pushed(this.sending);
    this.sending = undefined;
    const result = await this.feed.next();
    if (result.done) this.close();
    // Who came after the end was sent it at once, which is no push.
    else if (isEnded(result.value.swap) && result.value.swap.completedAt >= this.since)
      this.sending = result.value.swap;
    return result;
  }

  return(): Promise<IteratorResult<SwapView>> {
    this.close();
    return this.feed.return();
  }

  throw(error: unknown): Promise<IteratorResult<SwapView>> {
    this.close();
    return this.feed.throw?.(error) ?? Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private close(): void {
    if (this.isOpen) this.watch.closed();
    this.isOpen = false;
  }
}

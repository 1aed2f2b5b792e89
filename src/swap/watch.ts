import { contain, type FaultReporter } from '../lib/contain.js';
import { notFound } from './errors.js';
import { LatestValue, type LatestValueSource } from './latest-value.js';
import type { SwapPubSub, SwapQueue, SwapStore } from './ports.js';
import { isEnded, type Swap, type SwapVersion, supersedes } from './swap.js';

/** A swap as its client sees it. */
export interface SwapView {
  swap: Swap;
  queuePosition: QueuePosition;
}

/**
 * 1 for the next to be submitted; null if the swap is not waiting or the position is unavailable. Lazy, since computing it is
 * expensive with many clients: called only if the position is selected.
 */
export type QueuePosition = number | null | (() => Promise<number | null>);

/** What a reader of a feed may see and has selected. */
export interface WatchOptions {
  /** Whether the reader may see the swap; false means NOT_FOUND, as for an unknown id. */
  isVisible(swap: Swap): boolean;
  /** Whether positions are computed, and their changes emitted. */
  wantsPosition: boolean;
}

/**
 * Follows one swap: first as it is, then each change, done after its end. All who follow the same swap are given the same
 * views, so that what is made of a view can be made once.
 *
 * @throws NOT_FOUND; UNAVAILABLE when the store or the events cannot be reached
 */
export type SwapWatch = (id: string, options: WatchOptions) => Promise<LatestValue<SwapView>>;

interface WatchDeps {
  store: SwapStore;
  pubsub: SwapPubSub;
  queue: SwapQueue;
  report: FaultReporter;
}

export function createSwapWatch(deps: WatchDeps): SwapWatch {
  const topics = new Map<string, SwapTopic>();
  return async (id, { isVisible, wantsPosition }) => {
    let topic = topics.get(id);
    if (!topic) {
      const created = new SwapTopic(deps, id, () => {
        if (topics.get(id) === created) topics.delete(id);
      });
      topics.set(id, created);
      topic = created;
    }
    // Listens before it reads the store, so that nothing falls between the two.
    const feed = topic.open(wantsPosition);
    try {
      await topic.listening;
      const swap = await deps.store.get(id);
      if (!swap || !isVisible(swap)) throw notFound();
      await topic.introduce(swap, feed);
      return feed;
    } catch (error) {
      feed.close();
      throw error;
    }
  };
}

/** One swap, and those who follow it here. */
class SwapTopic implements LatestValueSource<SwapView> {
  /** Resolves when news are listened to; rejects when that cannot be. */
  readonly listening: Promise<void>;
  readonly #feeds = new Set<LatestValue<SwapView>>();
  /** The feeds whose readers selected the position. */
  #positioned: Set<LatestValue<SwapView>> | undefined;
  readonly #queue: SwapQueue;
  readonly #report: FaultReporter;
  readonly #id: string;
  readonly #onDeserted: () => void;
  /** What was told last: the swap itself while it waits, since its position changes; else just enough to compare by. */
  #last: Swap | SwapVersion | undefined;
  #shownPosition: number | null = null;
  #stopListening: (() => void) | undefined;
  #stopMoves: (() => void) | undefined;

  constructor({ pubsub, queue, report }: WatchDeps, id: string, onDeserted: () => void) {
    this.#queue = queue;
    this.#report = report;
    this.#id = id;
    this.#onDeserted = onDeserted;
    this.listening = pubsub
      .subscribe(id, (swap) => contain(report, 'watch', () => this.#hear(swap)))
      .then((stop) => {
        this.#stopListening = stop;
        if (this.#feeds.size === 0) stop();
      });
  }

  open(wantsPosition: boolean): LatestValue<SwapView> {
    const feed = new LatestValue(this);
    this.#feeds.add(feed);
    if (wantsPosition) {
      this.#positioned ??= new Set();
      this.#positioned.add(feed);
      if (this.#last && 'request' in this.#last) this.#followMoves();
    }
    return feed;
  }

  /** Gives a new feed the swap as it was just read, unless it has heard something newer meanwhile. */
  async introduce(swap: Swap, feed: LatestValue<SwapView>): Promise<void> {
    await this.#hear(swap);
    if (!feed.isEmpty || feed.isClosed) return;
    const queuePosition =
      swap.status === 'QUEUED' && this.#positioned?.has(feed) ? await this.#position() : null;
    if (feed.isEmpty) feed.push({ swap, queuePosition });
  }

  isLast({ swap }: SwapView): boolean {
    return isEnded(swap);
  }

  onClosed(feed: LatestValue<SwapView>): void {
    this.#feeds.delete(feed);
    this.#positioned?.delete(feed);
    if (this.#positioned?.size === 0) this.#ignoreMoves();
    if (this.#feeds.size > 0) return;
    for (const stop of [this.#onDeserted, this.#stopListening])
      if (stop) contain(this.#report, 'watch', stop);
  }

  /** What is heard twice or out of order is dropped. */
  async #hear(swap: Swap): Promise<void> {
    if (this.#feeds.size === 0 || (this.#last && !supersedes(swap, this.#last))) return;
    if (swap.status !== 'QUEUED') {
      const { status, updatedAt, modelsLabId } = swap;
      this.#last = { status, updatedAt, ...(modelsLabId !== undefined && { modelsLabId }) };
      this.#ignoreMoves();
      this.#tell({ swap, queuePosition: null });
      return;
    }
    this.#last = swap;
    if (!this.#positioned?.size) {
      this.#tell({ swap, queuePosition: null });
      return;
    }
    this.#followMoves();
    const queuePosition = await this.#position();
    if (this.#last !== swap) return;
    this.#shownPosition = queuePosition;
    this.#tell({ swap, queuePosition });
  }

  async #move(): Promise<void> {
    const swap = this.#last;
    if (!swap || !('request' in swap)) return;
    const queuePosition = await this.#position();
    if (this.#last !== swap || queuePosition === this.#shownPosition) return;
    this.#shownPosition = queuePosition;
    const view = { swap, queuePosition };
    for (const feed of this.#positioned ?? []) feed.push(view);
  }

  #followMoves(): void {
    this.#stopMoves ??= this.#queue.onPositionsChanged(() =>
      contain(this.#report, 'watch', () => this.#move()),
    );
  }

  #ignoreMoves(): void {
    this.#stopMoves?.();
    this.#stopMoves = undefined;
  }

  #tell(view: SwapView): void {
    for (const feed of this.#feeds) feed.push(view);
  }

  /** Null also where it cannot be found out: the swap itself is worth telling. */
  async #position(): Promise<number | null> {
    try {
      return await this.#queue.position(this.#id);
    } catch {
      return null;
    }
  }
}

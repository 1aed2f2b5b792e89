import { contain, type FaultReporter } from '../lib/contain.js';
import { notFound } from './errors.js';
import { type FileViews, noFiles, type SwapFileView } from './file-urls.js';
import { LatestValue, type LatestValueSource } from './latest-value.js';
import type { SwapPubSub, SwapQueue, SwapStore } from './ports.js';
import { isEnded, type Swap, type SwapVersion, supersedes } from './swap.js';

/** A swap as its client sees it. */
export interface SwapView {
  swap: Swap;
  queuePosition: QueuePosition;
  /** The pictures of its result, or of its late result; undefined if they are not archived. */
  files?: readonly SwapFileView[] | undefined;
}

/**
 * 1 for the next to be submitted; null if the swap is not waiting or the position is unavailable. Lazy, since computing it is
 * expensive with many clients: called only if the position is selected.
 */
export type QueuePosition = number | null | (() => Promise<number | null>);

/** What a subscriber may see and has selected. */
export interface WatchOptions {
  /** Whether the subscriber may see the swap; false means NOT_FOUND, as for an unknown id. */
  isVisible(swap: Swap): boolean;
  /** Whether positions are computed, and their changes emitted. */
  wantsPosition: boolean;
}

/**
 * Follows one swap: the current state first, then each change; completes when the swap is finished. All subscribers of a swap get
 * the same view objects, so that each view is encoded once.
 *
 * @throws NOT_FOUND; UNAVAILABLE when the store or pub/sub cannot be reached
 */
export type SwapWatch = (id: string, options: WatchOptions) => Promise<LatestValue<SwapView>>;

interface WatchDeps {
  store: SwapStore;
  pubsub: SwapPubSub;
  queue: SwapQueue;
  report: FaultReporter;
  /** Absent: files are not archived. */
  viewFiles?: FileViews | undefined;
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
    // Subscribes before reading the store, so that no change is missed in between.
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

/** One swap and its subscribers in this process. */
class SwapTopic implements LatestValueSource<SwapView> {
  /** Resolves once subscribed to the swap's events; rejects if that fails. */
  readonly listening: Promise<void>;
  readonly #feeds = new Set<LatestValue<SwapView>>();
  /** The feeds that selected the position. */
  #positioned: Set<LatestValue<SwapView>> | undefined;
  readonly #queue: SwapQueue;
  readonly #report: FaultReporter;
  readonly #viewFiles: FileViews;
  readonly #id: string;
  readonly #onUnused: () => void;
  /** The last published state: the whole swap while it is queued, since its position changes; later only what `supersedes` needs. */
  #last: Swap | SwapVersion | undefined;
  #shownPosition: number | null = null;
  #unsubscribe: (() => void) | undefined;
  #stopPositions: (() => void) | undefined;

  constructor({ pubsub, queue, report, viewFiles = noFiles }: WatchDeps, id: string, onUnused: () => void) {
    this.#queue = queue;
    this.#report = report;
    this.#viewFiles = viewFiles;
    this.#id = id;
    this.#onUnused = onUnused;
    this.listening = pubsub
      .subscribe(id, (swap) => contain(report, 'watch', () => this.#update(swap)))
      .then((stop) => {
        this.#unsubscribe = stop;
        if (this.#feeds.size === 0) stop();
      });
  }

  open(wantsPosition: boolean): LatestValue<SwapView> {
    const feed = new LatestValue(this);
    this.#feeds.add(feed);
    if (wantsPosition) {
      this.#positioned ??= new Set();
      this.#positioned.add(feed);
      if (this.#last && 'request' in this.#last) this.#followPositions();
    }
    return feed;
  }

  /** Pushes the swap just read to a new feed, unless the feed already got a newer state. */
  async introduce(swap: Swap, feed: LatestValue<SwapView>): Promise<void> {
    await this.#update(swap);
    if (!feed.isEmpty || feed.isClosed) return;
    const queuePosition =
      swap.status === 'QUEUED' && this.#positioned?.has(feed) ? await this.#position() : null;
    if (feed.isEmpty) feed.push(this.#view(swap, queuePosition));
  }

  isLast({ swap }: SwapView): boolean {
    return isEnded(swap);
  }

  onClosed(feed: LatestValue<SwapView>): void {
    this.#feeds.delete(feed);
    this.#positioned?.delete(feed);
    if (this.#positioned?.size === 0) this.#ignorePositions();
    if (this.#feeds.size > 0) return;
    for (const stop of [this.#onUnused, this.#unsubscribe]) if (stop) contain(this.#report, 'watch', stop);
  }

  /** Repeated and out-of-order events are dropped. */
  async #update(swap: Swap): Promise<void> {
    if (this.#feeds.size === 0 || (this.#last && !supersedes(swap, this.#last))) return;
    if (swap.status !== 'QUEUED') {
      const { status, updatedAt, modelsLabId } = swap;
      this.#last = { status, updatedAt, ...(modelsLabId !== undefined && { modelsLabId }) };
      this.#ignorePositions();
      this.#emit(this.#view(swap, null));
      return;
    }
    this.#last = swap;
    if (!this.#positioned?.size) {
      this.#emit(this.#view(swap, null));
      return;
    }
    this.#followPositions();
    const queuePosition = await this.#position();
    if (this.#last !== swap) return;
    this.#shownPosition = queuePosition;
    this.#emit(this.#view(swap, queuePosition));
  }

  async #updatePosition(): Promise<void> {
    const swap = this.#last;
    if (!swap || !('request' in swap)) return;
    const queuePosition = await this.#position();
    if (this.#last !== swap || queuePosition === this.#shownPosition) return;
    this.#shownPosition = queuePosition;
    const view = this.#view(swap, queuePosition);
    for (const feed of this.#positioned ?? []) feed.push(view);
  }

  #followPositions(): void {
    this.#stopPositions ??= this.#queue.onPositionsChanged(() =>
      contain(this.#report, 'watch', () => this.#updatePosition()),
    );
  }

  #ignorePositions(): void {
    this.#stopPositions?.();
    this.#stopPositions = undefined;
  }

  #view(swap: Swap, queuePosition: number | null): SwapView {
    return { swap, queuePosition, files: this.#viewFiles(swap) };
  }

  #emit(view: SwapView): void {
    for (const feed of this.#feeds) feed.push(view);
  }

  /** Null also when the position cannot be read: the swap itself is still worth sending. */
  async #position(): Promise<number | null> {
    try {
      return await this.#queue.position(this.#id);
    } catch {
      return null;
    }
  }
}

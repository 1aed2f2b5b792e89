import { createLatestFeed, type LatestFeed } from './latest-feed.js';
import type { SwapEvents, SwapQueue, SwapStore } from './ports.js';
import { isEnded, type Swap, supersedes } from './swap.js';
import { notFound } from './swap-error.js';

/** A swap as its client sees it. */
export interface SwapView {
  swap: Swap;
  /** 1 for the next to be submitted; null unless it waits. */
  queuePosition: number | null;
}

interface WatchDeps {
  store: SwapStore;
  events: SwapEvents;
  queue: SwapQueue;
}

/**
 * Follows one swap: first as it is, then each change, done after its end. Listens before it reads the store, so that
 * nothing falls between the two; `supersedes` drops what is heard twice or out of order.
 *
 * @param isVisible whether the reader may know of the swap; false is NOT_FOUND, as is an unknown id
 * @throws NOT_FOUND; UNAVAILABLE when the store or the events cannot be reached
 */
export async function watchSwap(
  { store, events, queue }: WatchDeps,
  id: string,
  isVisible: (swap: Swap) => boolean,
): Promise<LatestFeed<SwapView>> {
  let latest: Swap | undefined;
  let shownPosition: number | null = null;
  let stopMoves: (() => void) | undefined;

  const show = async (swap: Swap, isNews: boolean): Promise<void> => {
    if (swap.status !== 'QUEUED') {
      stopMoves?.();
      feed.offer({ swap, queuePosition: null });
      return;
    }
    const queuePosition = await queue.position(id);
    if (latest !== swap || (!isNews && queuePosition === shownPosition)) return;
    shownPosition = queuePosition;
    feed.offer({ swap, queuePosition });
  };

  const hear = async (swap: Swap): Promise<void> => {
    if (latest && !supersedes(swap, latest)) return;
    latest = swap;
    await show(swap, true);
  };

  let unsubscribe: (() => void) | undefined;
  // There before anything can be heard, which may be while the subscription is still being made.
  const feed = createLatestFeed<SwapView>(
    ({ swap }) => isEnded(swap),
    () => {
      unsubscribe?.();
      stopMoves?.();
    },
  );
  unsubscribe = await events.subscribe(
    id,
    (swap) => void hear(swap).catch(() => feed.offer({ swap, queuePosition: null })),
  );
  try {
    const swap = await store.get(id);
    if (!swap || !isVisible(swap)) throw notFound();
    if (swap.status === 'QUEUED') {
      stopMoves = queue.onMoved(() => {
        if (latest?.status === 'QUEUED') void show(latest, false).catch(() => undefined);
      });
    }
    await hear(swap);
    return feed;
  } catch (error) {
    await feed.return();
    throw error;
  }
}

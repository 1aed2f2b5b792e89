import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.js';
import type { WebhookHandler } from '../swap/lifecycle/handle-webhook.js';
import type { EndedSwap } from '../swap/swap.js';

/** Observes webhooks and finished swaps sent to subscribers. Must not throw. Times are in milliseconds. */
export interface PushObserver {
  /** @param outcome of the webhook handler; `unconfirmed` also if the store failed */
  webhook(outcome: string): void;
  webhookToPush(ms: number): void;
  endToPush(ms: number): void;
}

/** Measures the time from a webhook, or from the end of a swap, until the swap is sent to its subscribers. */
export interface PushTimer {
  timeWebhooks(complete: WebhookHandler): WebhookHandler;
  /** Called when a finished swap was sent to a client that subscribed before it finished. */
  pushed(swap: EndedSwap): void;
}

/** A webhook that is being processed. */
interface Arrival {
  /** Arrival time on the monotonic clock. */
  at: number;
  /** A swap that finished in this interval (ms since the epoch) was finished by this webhook. */
  from: number;
  until: number;
}

/** Webhooks remembered for subscribers that read slowly; beyond these, the oldest is forgotten. */
const maxArrivals = 1000;

export function createPushTimer(
  observer: PushObserver,
  clock: Pick<Clock, 'now'>,
  now: () => number = () => performance.now(),
): PushTimer {
  const arrivals = new LRUCache<string, Arrival>({ max: maxArrivals });

  const recordArrival = (id: string): Arrival => {
    const arrival = { at: now(), from: clock.now(), until: Number.POSITIVE_INFINITY };
    // Keeps an earlier arrival, which may have finished the swap.
    if (!arrivals.has(id)) arrivals.set(id, arrival);
    return arrival;
  };

  return {
    timeWebhooks: (complete) => async (id, report) => {
      const arrival = recordArrival(id);
      let outcome = 'unconfirmed';
      try {
        const completion = await complete(id, report);
        outcome = completion;
        return completion;
      } finally {
        arrival.until = clock.now();
        const mayHaveEnded = outcome === 'accepted' && report.kind !== 'processing';
        if (!mayHaveEnded && arrivals.peek(id) === arrival) arrivals.delete(id);
        observer.webhook(outcome);
      }
    },

    pushed({ id, completedAt }) {
      observer.endToPush(Math.max(clock.now() - completedAt, 0));
      const arrival = arrivals.peek(id);
      if (arrival && arrival.from <= completedAt && completedAt <= arrival.until)
        observer.webhookToPush(now() - arrival.at);
    },
  };
}

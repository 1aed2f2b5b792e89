import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.js';
import type { WebhookHandler } from '../swap/lifecycle/handle-webhook.js';
import type { EndedSwap } from '../swap/swap.js';

/** Is told of webhooks and of ended swaps that reached a subscriber. Must not throw. Times are milliseconds. */
export interface PushObserver {
  /** @param outcome as of the completion; `unconfirmed` also when the store failed */
  webhook(outcome: string): void;
  webhookToPush(ms: number): void;
  endToPush(ms: number): void;
}

/** Measures how long it takes from a webhook, or the end of a swap, until who watches the swap has been sent it. */
export interface PushTimer {
  timeWebhooks(complete: WebhookHandler): WebhookHandler;
  /** An ended swap was written to the socket of a subscriber who had been there before it ended. */
  pushed(swap: EndedSwap): void;
}

/** A webhook on its way through the gateway. */
interface Arrival {
  /** On the monotonic clock. */
  at: number;
  /** Between these a swap ended by it, milliseconds since the epoch. */
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

  const note = (id: string): Arrival => {
    const arrival = { at: now(), from: clock.now(), until: Number.POSITIVE_INFINITY };
    // One that is there may have ended the swap, so a repetition does not take its place.
    if (!arrivals.has(id)) arrivals.set(id, arrival);
    return arrival;
  };

  return {
    timeWebhooks: (complete) => async (id, report) => {
      const arrival = note(id);
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

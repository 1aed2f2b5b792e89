import type { CallbackOutbox, Clock, DueCallback, SwapLog, SwapStore } from '../swap/ports.js';
import { type EndedSwap, isEnded } from '../swap/swap.js';
import type { CallbackSender } from './callback-sender.js';

export interface CallbackDispatcher {
  /** Adds a call and sees to it at once. Resolves when it is durable. */
  add: CallbackOutbox['add'];
  /** Makes the calls that are due, also those of an earlier process, until it is closed. */
  start(): void;
  /** Makes no more calls and breaks off those under way, which the next process makes again. */
  close(): Promise<void>;
}

interface DispatcherDeps {
  outbox: CallbackOutbox;
  store: SwapStore;
  sender: CallbackSender;
  clock: Clock;
  log: SwapLog;
  /** The body to post. */
  render(swap: EndedSwap): string;
  /** Between 0 and 1. */
  random?: () => number;
}

/** Waits between tries: 5 s, 30 s, 5 min, 30 min, 2 h. */
export const retryDelaysMs = [5_000, 30_000, 300_000, 1_800_000, 7_200_000] as const;

const batchSize = 16;
/** Longer than a call can take. */
const leaseMs = 60_000;
/** Looks into the outbox at least so often: another instance, or a failing store, may have kept this one from knowing. */
const maxIdleMs = 30_000;
const storeRetryMs = 1000;

/** Delivers each end at least once, if the receiver answers 2xx to one of six tries. */
export function createCallbackDispatcher(deps: DispatcherDeps): CallbackDispatcher {
  const { outbox, store, sender, clock, log, render, random = Math.random } = deps;
  const closing = new AbortController();
  let wake = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  async function deliver({ swapId, attempts }: DueCallback): Promise<void> {
    const swap = await store.get(swapId);
    if (!swap || !isEnded(swap) || swap.request.webhook === undefined) return outbox.remove(swapId);
    const outcome = await sender.send(swap.request.webhook, swapId, render(swap));
    if (outcome.kind !== 'failed') {
      log.info(
        { swap: swapId, outcome: outcome.kind, attempts: attempts + 1 },
        "client's webhook was called",
      );
      return outbox.remove(swapId);
    }
    // Broken off by the end of this process, which says nothing of the receiver.
    if (closing.signal.aborted) return outbox.postpone(swapId, attempts, clock.now());
    const delayMs = retryDelaysMs[attempts];
    const facts = { swap: swapId, reason: outcome.reason, attempts: attempts + 1 };
    if (delayMs === undefined) {
      log.warn(facts, "client's webhook failed for the last time; given up");
      return outbox.remove(swapId);
    }
    log.info(facts, "client's webhook failed; it is tried again");
    await outbox.postpone(swapId, attempts + 1, clock.now() + delayMs * (0.9 + 0.2 * random()));
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      const woken = wake.signal;
      try {
        const due = await outbox.take(clock.now(), leaseMs, batchSize);
        await Promise.all(due.map(deliver));
        if (due.length === batchSize) continue;
        const nextDueAt = (await outbox.nextDueAt()) ?? Number.POSITIVE_INFINITY;
        const idleMs = Math.min(Math.max(nextDueAt - clock.now(), 0), maxIdleMs);
        await clock.sleep(idleMs, AbortSignal.any([woken, closing.signal]));
      } catch (error) {
        log.error({ err: error }, "calls to clients' webhooks are held up by the store");
        await clock.sleep(storeRetryMs, closing.signal);
      }
    }
  }

  return {
    async add(swapId, dueAt) {
      await outbox.add(swapId, dueAt);
      wake.abort();
      wake = new AbortController();
    },
    start() {
      loop = work();
    },
    async close() {
      closing.abort();
      await sender.close();
      await loop;
    },
  };
}

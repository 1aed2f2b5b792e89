import type { CheckpointHook } from './checkpoint.js';
import { firstLatePollMs, type LateResults } from './late-results.js';
import type {
  CallbackOutbox,
  Clock,
  SwapEvents,
  SwapLedger,
  SwapLog,
  SwapPolicy,
  SwapStore,
} from './ports.js';
import { advance, awaitsLateResult, type EndedSwap, isEnded, type Swap, type SwapEvent } from './swap.js';

export interface SwapJournal {
  /**
   * Advances a swap by an event, durably, and tells everyone.
   *
   * @returns the swap that stands now: another than expected when it ended meanwhile by other means. An event that does
   *   not apply changes nothing.
   * @throws UNAVAILABLE when the store cannot be written; the swap is then as it was
   */
  apply(swap: Swap, event: SwapEvent): Promise<Swap>;
  /**
   * Makes an end known everywhere: store, ledger, watchers. Safe to repeat, and to be repeated by a process that finds
   * an ended swap which another one, that died, may not have made known to all.
   *
   * @returns the end that stands, which is the first one
   */
  settle(swap: EndedSwap): Promise<EndedSwap>;
}

interface JournalDeps {
  store: SwapStore;
  ledger: SwapLedger;
  events: SwapEvents;
  clock: Clock;
  policy: Pick<SwapPolicy, 'resultTtlMs'>;
  log: SwapLog;
  checkpoint: CheckpointHook;
  outbox: Pick<CallbackOutbox, 'add'>;
  /** Polls for the results of swaps that failed by inference. */
  late: Pick<LateResults, 'add'>;
}

export function createSwapJournal(deps: JournalDeps): SwapJournal {
  const { store, ledger, events, clock, policy, log, checkpoint, outbox, late } = deps;

  async function settle(candidate: EndedSwap): Promise<EndedSwap> {
    const { swap, first } = await store.settle(candidate);
    checkpoint('after-store-before-publish');
    events.publish(swap);
    // First of all the rest, since what is closed in the ledger is not looked at again after a crash.
    const { webhook } = swap.request;
    if (webhook !== undefined)
      await outbox.add(swap.id, clock.now(), { client: swap.client, host: new URL(webhook).host });
    if (swap.modelsLabId !== undefined && awaitsLateResult(swap, clock.now()))
      await late.add(swap.id, clock.now() + firstLatePollMs);
    checkpoint('after-outbox-before-index');
    await Promise.all([
      ledger.close(swap.id, swap.expiresAt),
      swap.modelsLabId !== undefined && ledger.link(swap.id, swap.modelsLabId),
    ]);
    if (first) {
      log.info(
        { swap: swap.id, status: swap.status, error: swap.error?.code, modelsLabId: swap.modelsLabId },
        'swap ended',
      );
    }
    return swap;
  }

  return {
    settle,
    async apply(swap, event) {
      const next = advance(swap, event, clock.now(), policy.resultTtlMs);
      if (next === swap) return swap;
      if (isEnded(next)) return settle(next);
      await store.save(next);
      if (next.modelsLabId !== undefined && swap.modelsLabId === undefined)
        await ledger.link(next.id, next.modelsLabId);
      events.publish(next);
      return next;
    },
  };
}

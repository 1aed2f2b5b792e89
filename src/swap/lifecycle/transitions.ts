import type { Clock } from '../../lib/clock.js';
import type { FailpointHook } from '../failpoint.js';
import type { SwapIndex, SwapLog, SwapPolicy, SwapPubSub, SwapStore, WebhookOutbox } from '../ports.js';
import {
  applyTransition,
  awaitsLateResult,
  type EndedSwap,
  isEnded,
  type Swap,
  type SwapTransition,
} from '../swap.js';
import { firstLatePollMs, type LateResults } from './late-results.js';

export interface Transitions {
  /**
   * Advances a swap by an event, durably, and tells everyone.
   *
   * @returns the swap that stands now: another than expected when it ended meanwhile by other means. An event that does
   *   not apply changes nothing.
   * @throws UNAVAILABLE when the store cannot be written; the swap is then as it was
   */
  applyTransition(swap: Swap, event: SwapTransition): Promise<Swap>;
  /**
   * Makes an end known everywhere: store, swapIndex, watchers. Safe to repeat, and to be repeated by a process that finds
   * an ended swap which another one, that died, may not have made known to all.
   *
   * @returns the end that stands, which is the first one
   */
  finish(swap: EndedSwap): Promise<EndedSwap>;
}

interface TransitionsDeps {
  store: SwapStore;
  swapIndex: SwapIndex;
  pubsub: SwapPubSub;
  clock: Clock;
  policy: Pick<SwapPolicy, 'resultTtlMs'>;
  log: SwapLog;
  failpoint: FailpointHook;
  outbox: Pick<WebhookOutbox, 'add'>;
  /** Polls for the results of swaps that failed by inference. */
  late: Pick<LateResults, 'add'>;
}

export function createTransitions(deps: TransitionsDeps): Transitions {
  const { store, swapIndex, pubsub, clock, policy, log, failpoint, outbox, late } = deps;

  async function finish(candidate: EndedSwap): Promise<EndedSwap> {
    const { swap, first } = await store.finish(candidate);
    failpoint('after-store-before-publish');
    pubsub.publish(swap);
    // First of all the rest, since what is closed in the swapIndex is not looked at again after a crash.
    const { webhook } = swap.request;
    if (webhook !== undefined)
      await outbox.add(swap.id, clock.now(), { client: swap.client, host: new URL(webhook).host });
    if (swap.modelsLabId !== undefined && awaitsLateResult(swap, clock.now()))
      await late.add(swap.id, clock.now() + firstLatePollMs);
    failpoint('after-outbox-before-index');
    await Promise.all([
      swapIndex.markEnded(swap.id, swap.expiresAt),
      swap.modelsLabId !== undefined && swapIndex.link(swap.id, swap.modelsLabId),
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
    finish,
    async applyTransition(swap, event) {
      const next = applyTransition(swap, event, clock.now(), policy.resultTtlMs);
      if (next === swap) return swap;
      if (isEnded(next)) return finish(next);
      await store.save(next);
      if (next.modelsLabId !== undefined && swap.modelsLabId === undefined)
        await swapIndex.link(next.id, next.modelsLabId);
      pubsub.publish(next);
      return next;
    },
  };
}

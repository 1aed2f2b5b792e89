import type { Clock } from '../../lib/clock.js';
import type { FailpointHook } from '../failpoint.js';
import type { SwapIndex, SwapLog, SwapPolicy, SwapPubSub, SwapStore } from '../ports.js';
import {
  applyTransition,
  awaitsLateResult,
  type EndedSwap,
  isEnded,
  type Swap,
  type SwapTransition,
} from '../swap.js';
import type { WebhookOutbox } from '../webhook-outbox.js';
import { firstLatePollMs, type LateResults } from './late-results.js';
import { noResultFiles, type ResultFiles } from './result-files.js';

export interface Transitions {
  /**
   * Applies a transition durably and publishes the result. A transition that does not apply changes nothing.
   *
   * @returns the current swap, which differs from the expected one if it was finished concurrently
   * @throws UNAVAILABLE when the store cannot be written; the swap is then unchanged
   */
  applyTransition(swap: Swap, transition: SwapTransition): Promise<Swap>;
  /**
   * Finishes a swap everywhere: store, subscribers, outbox, and swap index. Idempotent, so that it can be repeated for a finished
   * swap whose process may have died partway.
   *
   * @returns the stored outcome, which is the first one
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
  /** Schedules polls for the results of swaps whose failure was inferred. */
  late: Pick<LateResults, 'add'>;
  /** Absent: files are not archived. */
  files?: ResultFiles | undefined;
}

export function createTransitions(deps: TransitionsDeps): Transitions {
  const {
    store,
    swapIndex,
    pubsub,
    clock,
    policy,
    log,
    failpoint,
    outbox,
    late,
    files = noResultFiles,
  } = deps;

  async function finish(candidate: EndedSwap): Promise<EndedSwap> {
    // At once: one transaction in the embedded store, one round trip to a shared one.
    const [, { swap, first }] = await Promise.all([
      files.publish(candidate),
      store.finish(candidate),
      files.archive(candidate),
    ]);
    if (!first) await Promise.all([files.publish(swap), files.archive(swap)]);
    failpoint('after-store-before-publish');
    pubsub.publish(swap);
    // Before the swap index: a swap that it lists as finished is not restored after a crash.
    const { webhook } = swap.request;
    if (webhook !== undefined)
      await outbox.add(swap.id, clock.now(), { client: swap.client, host: new URL(webhook).host });
    if (swap.modelsLabId !== undefined && awaitsLateResult(swap, clock.now()))
      await late.add(swap.id, clock.now() + firstLatePollMs);
    failpoint('after-outbox-before-index');
    await Promise.all([
      swapIndex.markEnded(swap.id, swap.expiresAt, swap.status),
      swap.modelsLabId !== undefined && swapIndex.link(swap.id, swap.modelsLabId),
    ]);
    if (first) {
      log.info(
        { swap: swap.id, status: swap.status, error: swap.error?.code, modelsLabId: swap.modelsLabId },
        'swap finished',
      );
    }
    return swap;
  }

  return {
    finish,
    async applyTransition(swap, transition) {
      const named =
        transition.type === 'succeeded'
          ? { ...transition, result: files.name(transition.result) }
          : transition;
      const next = applyTransition(swap, named, clock.now(), policy.resultTtlMs);
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

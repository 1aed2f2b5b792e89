import type { DailyQuota } from '../swap/daily-quota.js';
import { GatewayError } from '../swap/errors.js';
import type { FaceSwapProvider, SwapQueue, SwapStore } from '../swap/ports.js';

/** Is told what happens to swaps here. Must not throw. Times are milliseconds. */
export interface SwapObserver {
  accepted(): void;
  /** @param code of the error that the client got */
  refused(code: string): void;
  /** A swap got a slot and is about to be sent to ModelsLab. */
  submitting(waitedMs: number): void;
  /** ModelsLab was asked for a swap. */
  polled(outcome: string): void;
  ended(status: string, errorCode: string | undefined, lastedMs: number): void;
  /** A result arrived after its swap had failed, and was kept. */
  lateResult(source: string): void;
}

interface ObservedPorts {
  store: SwapStore;
  queue: SwapQueue;
  /** Undefined: no limit. */
  dailyQuota: DailyQuota | undefined;
}

/**
 * The ports, observed where each fact becomes durable, so that over all instances everything is counted once: an
 * acceptance by the first record, a submission by its mark, an end by whoever was first to write it.
 */
export function instrumentPorts(
  { store, queue, dailyQuota }: ObservedPorts,
  observer: SwapObserver,
): ObservedPorts {
  const refused = (error: unknown): never => {
    if (error instanceof GatewayError) observer.refused(error.code);
    throw error;
  };
  return {
    store: {
      ...store,
      async create(swap, claims) {
        const holder = await store.create(swap, claims);
        if (!holder) observer.accepted();
        return holder;
      },
      async save(swap) {
        await store.save(swap);
        // The mark is written once for each submission, and taken off by whatever is saved after it.
        if (swap.status === 'QUEUED' && swap.submittingSince !== undefined)
          observer.submitting(swap.submittingSince - swap.createdAt);
      },
      async finish(candidate) {
        const settled = await store.finish(candidate);
        const { status, error, createdAt, completedAt } = settled.swap;
        if (settled.first) observer.ended(status, error?.code, completedAt - createdAt);
        return settled;
      },
    },
    queue: {
      ...queue,
      reserve: (client) => queue.reserve(client).catch(refused),
    },
    dailyQuota: dailyQuota && { begin: (client) => dailyQuota.begin(client).catch(refused) },
  };
}

export function instrumentPolls(provider: FaceSwapProvider, observer: SwapObserver): FaceSwapProvider {
  return {
    ...provider,
    async fetch(reference, context) {
      const outcome = await provider.fetch(reference, context);
      observer.polled(outcome.kind);
      return outcome;
    },
  };
}

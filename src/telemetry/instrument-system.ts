import type { DailyQuota } from '../swap/daily-quota.js';
import { GatewayError } from '../swap/errors.js';
import type { FaceSwapProvider, SwapQueue, SwapStore } from '../swap/ports.js';

/** Observes the swaps of this instance. Must not throw. Times are in milliseconds. */
export interface SwapObserver {
  accepted(): void;
  /** A swap was rejected. @param code of the error that the client gets */
  refused(code: string): void;
  /** A swap has a slot and is about to be submitted to ModelsLab. */
  submitting(waitedMs: number): void;
  /** ModelsLab was polled for the result of a swap. */
  polled(outcome: string): void;
  ended(status: string, errorCode: string | undefined, lastedMs: number): void;
  /** A result that arrived after its swap had failed was stored. */
  lateResult(source: string): void;
  /** A client webhook was attempted. @param outcome `delivered`, `gone`, `retry`, or `given_up` after the last attempt */
  clientWebhook(outcome: string): void;
}

interface ObservedPorts {
  store: SwapStore;
  queue: SwapQueue;
  dailyQuota: DailyQuota;
}

/**
 * Observes each fact where it becomes durable, so that it is counted once over all instances: acceptance by the first record,
 * submission by its mark, and the end of a swap by the first writer.
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
        // The mark is saved once per submission; the next save removes it.
        if (swap.status === 'QUEUED' && swap.submittingSince !== undefined)
          observer.submitting(swap.submittingSince - swap.createdAt);
      },
      async finish(candidate) {
        const result = await store.finish(candidate);
        const { status, error, createdAt, completedAt } = result.swap;
        if (result.first) observer.ended(status, error?.code, completedAt - createdAt);
        return result;
      },
    },
    queue: {
      ...queue,
      reserve: (client, maxWaiting) => queue.reserve(client, maxWaiting).catch(refused),
    },
    dailyQuota: { begin: (client) => dailyQuota.begin(client).catch(refused) },
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

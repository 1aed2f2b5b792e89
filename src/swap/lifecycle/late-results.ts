import type { Clock } from '../../lib/clock.js';
import { type Repetition, repeat } from '../../lib/repeat.js';
import type { LatePollSchedule } from '../late-poll-schedule.js';
import { fingerprint } from '../operations/registry.js';
import type {
  FaceSwapProvider,
  SubmitOutcome,
  SwapIndex,
  SwapLog,
  SwapPubSub,
  SwapStore,
  UpstreamReference,
} from '../ports.js';
import { awaitsLateResult, type EndedSwap, isEnded, lateUntilOf, type SwapOutput } from '../swap.js';
import type { WebhookOutbox } from '../webhook-outbox.js';
import { callContext } from './call-context.js';
import { isWithoutPicture, namesAnother } from './report-match.js';
import { noResultFiles, type ResultFiles } from './result-files.js';

/** How a late result arrived. */
export type LateSource = 'webhook' | 'poll' | 'response';

/**
 * Late results: an inferred failure is final, but a picture that still arrives is stored next to it, since it is paid for. Swaps
 * with a known ModelsLab id are polled by a durable schedule, at growing intervals, without a slot.
 */
export interface LateResults {
  /** Schedules the first poll of a failed swap. No effect if one is scheduled already. @throws UNAVAILABLE */
  add: LatePollSchedule['add'];
  /**
   * Stores a picture, notifies the client's webhook, and lets identical requests complete with it. Idempotent.
   * @returns false if the swap already has a late result, or does not accept one (any longer)
   * @throws UNAVAILABLE if the store fails; the caller retries
   */
  record(
    swap: EndedSwap,
    result: SwapOutput,
    modelsLabId: string | undefined,
    source: LateSource,
  ): Promise<boolean>;
  /** Starts polling for a failed swap whose ModelsLab id has become known. @throws UNAVAILABLE */
  follow(swap: EndedSwap, modelsLabId: string): Promise<void>;
  /** Handles the late response to a submission whose swap is already finished. @throws UNAVAILABLE */
  apply(swap: EndedSwap, outcome: SubmitOutcome, source: LateSource): Promise<void>;
  /** Polls due entries, including those of earlier processes, until closed. */
  start(): void;
  /** Stops polling, without waiting for responses from ModelsLab. */
  close(): Promise<void>;
}

interface LateResultsDeps {
  store: SwapStore;
  swapIndex: SwapIndex;
  pubsub: SwapPubSub;
  provider: Pick<FaceSwapProvider, 'fetch'>;
  latePolls: LatePollSchedule;
  outbox: Pick<WebhookOutbox, 'add'>;
  /** Absent: files are not archived. */
  files?: ResultFiles | undefined;
  clock: Clock;
  /** The time by which polls are due, see `Backend`. */
  dueNow(): number;
  log: SwapLog;
  /** Called for each stored late result. Must not throw. */
  onKept(source: LateSource): void;
  /** Whether other processes use the same schedule. Entries that they add do not wake this process. */
  isShared?: boolean;
}

/** The event sent to a client's webhook. */
export const lateResultEvent = 'swap.late_result';
/** Delay from the failure to the first poll; intervals double, up to half an hour. */
export const firstLatePollMs = 5000;
const maxIntervalMs = 1_800_000;
const batchSize = 8;
/** Longer than any fetch. */
const leaseMs = 120_000;
/** Maximum interval between reads of a shared schedule: the instance that added a poll may have died. */
const sharedReadMs = 15_000;
const storeRetryMs = 1000;

export function createLateResults(deps: LateResultsDeps): LateResults {
  const {
    store,
    swapIndex,
    pubsub,
    provider,
    latePolls,
    outbox,
    files = noResultFiles,
    clock,
    dueNow: now,
    log,
    onKept,
    isShared = false,
  } = deps;
  const closing = new AbortController();
  let loop: Repetition | undefined;

  async function add(id: string, dueAt: number): Promise<void> {
    await latePolls.add(id, dueAt);
    loop?.wake();
  }

  /** Propagates a stored late result to claims, outbox and subscribers. Idempotent. */
  async function finish(swap: EndedSwap): Promise<void> {
    await files.publish(swap);
    const until = lateUntilOf(swap) ?? swap.expiresAt;
    const inputHash = fingerprint(swap.request);
    const holder = { swapId: swap.id, fingerprint: inputHash };
    await swapIndex.assign(swap.client, { kind: 'late', value: inputHash }, holder, until);
    const modelsLabId = swap.lateResult?.modelsLabId ?? swap.modelsLabId;
    if (modelsLabId !== undefined) await swapIndex.link(swap.id, modelsLabId);
    const { webhook } = swap.request;
    if (webhook !== undefined) {
      const host = new URL(webhook).host;
      await outbox.add(swap.id, clock.now(), { type: lateResultEvent, client: swap.client, host });
    }
    await files.archive(swap);
    await latePolls.remove(swap.id);
    pubsub.publish(swap);
  }

  const record: LateResults['record'] = async (swap, result, modelsLabId, source) => {
    if (result.output.length === 0 || !awaitsLateResult(swap, clock.now())) return false;
    // Scheduled first: after a crash, the poll completes the remaining steps.
    await add(swap.id, now() + leaseMs);
    const late = {
      result: files.name(result),
      receivedAt: clock.now(),
      ...(modelsLabId !== undefined && { modelsLabId }),
    };
    await files.publish({ ...swap, lateResult: late });
    const kept = await store.saveLateResult(swap, late);
    if (kept.first) {
      onKept(source);
      log.warn(
        { swap: swap.id, modelsLabId, source, failure: swap.error?.code },
        'result arrived after the swap had failed; stored as a late result',
      );
    }
    await finish(kept.swap);
    return kept.first;
  };

  const follow: LateResults['follow'] = async (swap, modelsLabId) => {
    if (!awaitsLateResult(swap, clock.now())) return;
    await swapIndex.link(swap.id, modelsLabId);
    await add(swap.id, now());
  };

  async function poll({ swapId, attempts }: { swapId: string; attempts: number }): Promise<void> {
    const swap = await store.get(swapId);
    if (!swap || !isEnded(swap)) return latePolls.remove(swapId);
    if (swap.lateResult) return finish(swap);
    const modelsLabId = swap.modelsLabId ?? (await swapIndex.modelsLabIdOf(swapId));
    if (modelsLabId === undefined || !awaitsLateResult(swap, clock.now())) return latePolls.remove(swapId);
    const { fetchPath } = swap;
    const reference: UpstreamReference = { modelsLabId, ...(fetchPath !== undefined && { fetchPath }) };
    const response = await provider.fetch(reference, callContext(swap));
    const isOwn = response.kind !== 'unavailable' && !namesAnother(swap, modelsLabId, response);
    if (isOwn && response.kind === 'succeeded' && !isWithoutPicture(response)) {
      await record(swap, response.result, modelsLabId, 'poll');
      return;
    }
    if (isOwn && response.kind === 'failed' && response.isFinal) return latePolls.remove(swapId);
    const intervalMs = Math.min(firstLatePollMs * 2 ** (attempts + 1), maxIntervalMs);
    await latePolls.postpone(swapId, attempts + 1, now() + intervalMs);
  }

  async function work(): Promise<number> {
    const due = await latePolls.take(now(), leaseMs, batchSize);
    await Promise.all(due.map(poll));
    if (due.length === batchSize) return 0;
    const nextDueAt = (await latePolls.nextDueAt()) ?? Number.POSITIVE_INFINITY;
    const maxIdleMs = isShared ? sharedReadMs : Number.POSITIVE_INFINITY;
    return Math.min(Math.max(nextDueAt - now(), 0), maxIdleMs);
  }

  return {
    add,
    record,
    follow,
    async apply(swap, outcome, source) {
      if (outcome.kind === 'succeeded') await record(swap, outcome.result, outcome.modelsLabId, source);
      else if (outcome.kind === 'processing') await follow(swap, outcome.modelsLabId);
    },
    start() {
      loop = repeat(work, {
        clock,
        signal: closing.signal,
        retryMs: storeRetryMs,
        onError(error) {
          if (closing.signal.aborted) return;
          log.error({ err: error }, 'cannot poll for late results: the store failed');
        },
      });
    },
    async close() {
      closing.abort();
      // Awaited only briefly: a fetch may take its whole timeout, and the next process polls again once the lease expires.
      const closed = new AbortController();
      await Promise.race([loop?.done, clock.sleep(storeRetryMs, closed.signal)]);
      closed.abort();
    },
  };
}

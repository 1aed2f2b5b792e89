import { createInbox, type Inbox } from './inbox.js';
import type {
  CheckpointHook,
  Clock,
  FaceSwapProvider,
  FetchOutcome,
  RunVerdict,
  SubmitOutcome,
  SwapEvents,
  SwapLedger,
  SwapLog,
  SwapPolicy,
  SwapStore,
} from './ports.js';
import { isEnded, type ProcessingSwap, type QueuedSwap, type Swap, type SwapEvent } from './swap.js';
import { submissionUnknown, timedOut, unintelligibleAnswer } from './swap-failures.js';
import type { SwapJournal } from './swap-journal.js';

export interface SwapRunner {
  /**
   * Takes one swap from a free slot to its end, from wherever an earlier run left it: submits it if it certainly was not
   * submitted before, then waits for whichever comes first, the news of its end, a poll's answer or the deadline.
   *
   * @param signal when it aborts, the swap is left as it is for a later run
   * @returns `ended`; `again` when ModelsLab certainly did not take it; `left` after an abort
   * @throws UNAVAILABLE when the store fails; the swap is then as it was last written
   */
  run(id: string, signal: AbortSignal): Promise<RunVerdict>;
}

interface RunnerDeps {
  store: SwapStore;
  ledger: SwapLedger;
  events: SwapEvents;
  journal: SwapJournal;
  provider: FaceSwapProvider;
  clock: Clock;
  policy: SwapPolicy;
  log: SwapLog;
  checkpoint: CheckpointHook;
  /** Where ModelsLab shall send the outcome of this swap. */
  webhookUrl(id: string): string;
}

/** So many answers in a row that say nothing to go by, and the swap is given up. */
const maxUnintelligibleAnswers = 3;
const pollIntervalGrowth = 1.5;
const storeRetryMs = 500;

export function createSwapRunner(deps: RunnerDeps): SwapRunner {
  const { store, ledger, events, journal, provider, clock, policy, log, checkpoint, webhookUrl } = deps;

  /**
   * @returns the swap as ModelsLab left it, or how long to wait before it may be sent again. Still QUEUED: the store
   *   failed until the process had to stop, so what is durable is the mark that it was being submitted.
   */
  async function submit(queued: QueuedSwap, signal: AbortSignal): Promise<Swap | { retryAfterMs: number }> {
    const swap = await journal.apply(queued, { type: 'submitting' });
    if (isEnded(swap)) return swap;
    checkpoint('before-post');
    const outcome = await provider.submit(swap.request, webhookUrl(swap.id));
    checkpoint('after-post-before-store');
    if (outcome.kind === 'unknown') {
      log.warn({ swap: swap.id }, 'outcome of the submission is unknown; waiting for a webhook');
    }
    const noted = await note(swap, eventOfSubmission(outcome), signal);
    return outcome.kind === 'not-accepted' && !isEnded(noted)
      ? { retryAfterMs: outcome.retryAfterMs }
      : noted;
  }

  /** What ModelsLab answered to a paid call must not be lost to a store that fails for a while: tries until it holds. */
  async function note(swap: Swap, event: SwapEvent, signal: AbortSignal): Promise<Swap> {
    while (!signal.aborted) {
      try {
        return await journal.apply(swap, event);
      } catch (error) {
        log.error(
          { swap: swap.id, err: error },
          'store failed; the answer of ModelsLab is noted as soon as it works again',
        );
        await clock.sleep(storeRetryMs, signal);
      }
    }
    return swap;
  }

  function deadlineOf({ submittedAt, estimatedCompletionAt }: ProcessingSwap): number {
    return Math.max(submittedAt, estimatedCompletionAt ?? 0) + policy.processingDeadlineMs;
  }

  async function followUp(start: ProcessingSwap, inbox: Inbox, signal: AbortSignal): Promise<RunVerdict> {
    let swap = await withLinkedId(start);
    let intervalMs = policy.pollIntervalMs;
    let nextPollAt = Math.max(clock.now(), start.estimatedCompletionAt ?? clock.now() + intervalMs);
    let unintelligibleAnswers = 0;

    while (swap.status === 'PROCESSING') {
      const deadline = deadlineOf(swap);
      const canPoll = swap.modelsLabId !== undefined;
      const wakeAt = canPoll ? Math.min(nextPollAt, deadline) : deadline;
      const wake = await inbox.wait(wakeAt, signal);
      if (wake === 'aborted') return { kind: 'left' };
      if (wake === 'news') {
        const known = inbox.latest();
        if (known && isEnded(known)) return { kind: 'ended' };
        swap = await withLinkedId(swap);
        continue;
      }
      const isLate = clock.now() >= deadline;
      if (swap.modelsLabId === undefined) {
        swap = await journal.apply(swap, { type: 'failed', error: submissionUnknown });
        continue;
      }
      const answer = await provider.fetch(swap.modelsLabId);
      unintelligibleAnswers = answer.kind === 'unintelligible' ? unintelligibleAnswers + 1 : 0;
      const event = eventOf(answer, unintelligibleAnswers, isLate);
      if (event) swap = await journal.apply(swap, event);
      nextPollAt = clock.now() + intervalMs;
      intervalMs = Math.min(intervalMs * pollIntervalGrowth, policy.maxPollIntervalMs);
    }
    return { kind: 'ended' };
  }

  /** A webhook may have told ModelsLab's id of a swap whose submission never got an answer. */
  async function withLinkedId(swap: ProcessingSwap): Promise<Swap> {
    if (swap.modelsLabId !== undefined) return swap;
    const modelsLabId = await ledger.modelsLabIdOf(swap.id);
    return modelsLabId === undefined ? swap : journal.apply(swap, { type: 'accepted', modelsLabId });
  }

  async function start(swap: QueuedSwap, signal: AbortSignal): Promise<Swap | { retryAfterMs: number }> {
    if (swap.submittingSince !== undefined) return journal.apply(swap, { type: 'outcome-unknown' });
    if (clock.now() >= swap.createdAt + policy.queueDeadlineMs)
      return journal.apply(swap, { type: 'expired' });
    return submit(swap, signal);
  }

  return {
    async run(id, signal) {
      const inbox = await createInbox(events, id, clock);
      try {
        const found = await store.get(id);
        if (!found) {
          await ledger.close(id, clock.now());
          return { kind: 'ended' };
        }
        if (isEnded(found)) {
          await journal.settle(found);
          return { kind: 'ended' };
        }
        const started = found.status === 'QUEUED' ? await start(found, signal) : found;
        if ('retryAfterMs' in started) return { kind: 'again', afterMs: started.retryAfterMs };
        if (started.status === 'QUEUED') return { kind: 'left' };
        if (isEnded(started)) return { kind: 'ended' };
        return await followUp(started, inbox, signal);
      } finally {
        inbox.close();
      }
    },
  };
}

function eventOfSubmission(outcome: SubmitOutcome): SwapEvent {
  switch (outcome.kind) {
    case 'succeeded':
      return { ...outcome, type: 'succeeded' };
    case 'failed':
      return { ...outcome, type: 'failed' };
    case 'processing':
      return { ...outcome, type: 'accepted' };
    case 'unknown':
      return { type: 'outcome-unknown' };
    case 'not-accepted':
      return { type: 'not-accepted' };
  }
}

function eventOf(
  answer: FetchOutcome,
  unintelligibleAnswers: number,
  isLate: boolean,
): SwapEvent | undefined {
  switch (answer.kind) {
    case 'succeeded':
      return { type: 'succeeded', result: answer.result };
    case 'failed':
      return { type: 'failed', error: answer.error };
    case 'unintelligible':
      if (unintelligibleAnswers >= maxUnintelligibleAnswers)
        return { type: 'failed', error: unintelligibleAnswer };
      break;
  }
  return isLate ? { type: 'failed', error: timedOut } : undefined;
}

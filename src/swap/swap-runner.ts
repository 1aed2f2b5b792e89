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
import { isUnreadable } from './swap-record.js';

export interface SwapRunner {
  /**
   * Takes one swap from a free slot to its end, from wherever an earlier run left it: submits it if it certainly was not
   * submitted before, then waits for whichever comes first, the news of its end, a poll's answer or the deadline.
   *
   * @param signal when it aborts, the swap is left as it is for a later run
   * @param holdsSlot asked between the mark and the POST: of two runs at one time, at most one submits
   * @returns `ended`; `again` when ModelsLab certainly did not take it; `left` after an abort
   * @throws UNAVAILABLE when the store fails; the swap is then as it was last written
   */
  run(id: string, signal: AbortSignal, holdsSlot: () => Promise<boolean>): Promise<RunVerdict>;
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

type NotAccepted = SubmitOutcome & { kind: 'not-accepted' };

/** What a run knows of its slot. */
interface Slot {
  signal: AbortSignal;
  holdsSlot(): Promise<boolean>;
}

/** So many answers in a row that say nothing to go by, and the swap is given up. */
const maxUnintelligibleAnswers = 3;
/** So many questions in a row without an answer after the deadline; the result may be there, and was paid for. */
const maxLateSilences = 5;
const pollIntervalGrowth = 1.5;
const storeRetryMs = 500;

export function createSwapRunner(deps: RunnerDeps): SwapRunner {
  const { store, ledger, events, journal, provider, clock, policy, log, checkpoint, webhookUrl } = deps;

  /**
   * @returns the swap as ModelsLab left it, or how long to wait before it may be sent again. Still QUEUED: another run has
   *   the swap by now, or the store failed until the process had to stop, so what is durable is the mark that it was
   *   being submitted.
   */
  async function submit(queued: QueuedSwap, { signal, holdsSlot }: Slot): Promise<Swap | NotAccepted> {
    // A mark that seems to have failed may be there all the same, and only this run knows that nothing was sent yet.
    const swap = await insist(() => journal.apply(queued, { type: 'submitting' }), signal);
    if (isEnded(swap)) return swap;
    checkpoint('before-post');
    // A run that comes after this one was told "true" sees the mark, and one that came before makes it "false".
    if (!(await insist(holdsSlot, signal))) return swap;
    const outcome = await provider.submit(swap.request, webhookUrl(swap.id));
    checkpoint('after-post-before-store');
    if (outcome.kind === 'unknown') {
      log.warn({ swap: swap.id }, 'outcome of the submission is unknown; waiting for a webhook');
    }
    const noted = await note(swap, eventOfSubmission(outcome), signal);
    return outcome.kind === 'not-accepted' && !isEnded(noted) ? outcome : noted;
  }

  /** What ModelsLab answered to a paid call must not be lost to a store that fails for a while: tries until it holds. */
  async function note(swap: Swap, event: SwapEvent, signal: AbortSignal): Promise<Swap> {
    const attempt = (): Promise<Swap> =>
      journal.apply(swap, event).catch((error: unknown) => {
        log.error(
          { swap: swap.id, err: error },
          'store failed; the answer of ModelsLab is noted as soon as it works again',
        );
        throw error;
      });
    return insist(attempt, signal).catch(() => swap);
  }

  /** Tries until it succeeds, at least once. @throws what the last attempt did, when the run is to stop */
  async function insist<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) throw error;
        await clock.sleep(storeRetryMs, signal);
      }
    }
  }

  function deadlineOf({ submittedAt, estimatedCompletionAt }: ProcessingSwap): number {
    return Math.max(submittedAt, estimatedCompletionAt ?? 0) + policy.processingDeadlineMs;
  }

  /** When it should be done. Estimates can be far too long, and asking is free: it is not left alone for longer than that. */
  function firstPollAt({ estimatedCompletionAt }: ProcessingSwap): number {
    const now = clock.now();
    const estimate = estimatedCompletionAt ?? now + policy.pollIntervalMs;
    return Math.min(Math.max(estimate, now), now + policy.maxPollIntervalMs);
  }

  async function followUp(start: ProcessingSwap, inbox: Inbox, signal: AbortSignal): Promise<RunVerdict> {
    let swap = await withLinkedId(start);
    let intervalMs = policy.pollIntervalMs;
    let nextPollAt = firstPollAt(start);
    let unintelligibleAnswers = 0;
    let lateSilences = 0;

    while (swap.status === 'PROCESSING') {
      const deadline = deadlineOf(swap);
      const pollAt = lateSilences > 0 ? nextPollAt : Math.min(nextPollAt, deadline);
      const wake = await inbox.wait(swap.modelsLabId === undefined ? deadline : pollAt, signal);
      if (wake === 'aborted') return { kind: 'left' };
      if (wake === 'news') {
        const known = inbox.latest();
        if (known && isEnded(known)) return { kind: 'ended' };
        swap = await withLinkedId(swap);
        continue;
      }
      if (swap.modelsLabId === undefined) {
        // The news of its id may have been lost.
        const linked = await withLinkedId(swap);
        swap =
          linked === swap ? await journal.apply(swap, { type: 'failed', error: submissionUnknown }) : linked;
        continue;
      }
      const isLate = clock.now() >= deadline;
      const answer = await provider.fetch({ modelsLabId: swap.modelsLabId });
      unintelligibleAnswers = answer.kind === 'unintelligible' ? unintelligibleAnswers + 1 : 0;
      if (isLate && answer.kind === 'unavailable') lateSilences += 1;
      const isOver = isLate && (answer.kind !== 'unavailable' || lateSilences >= maxLateSilences);
      const event = eventOf(answer, unintelligibleAnswers, isOver);
      if (event) swap = await journal.apply(swap, event);
      nextPollAt = clock.now() + (isLate ? policy.pollIntervalMs : intervalMs);
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

  async function start(swap: QueuedSwap, slot: Slot): Promise<Swap | NotAccepted> {
    if (swap.submittingSince !== undefined) return journal.apply(swap, { type: 'outcome-unknown' });
    if (clock.now() >= swap.createdAt + policy.queueDeadlineMs)
      return journal.apply(swap, { type: 'expired' });
    return submit(swap, slot);
  }

  return {
    async run(id, signal, holdsSlot) {
      const inbox = await createInbox(events, id, clock);
      try {
        const found = await store.get(id).catch((error: unknown) => {
          if (isUnreadable(error)) return 'unreadable' as const;
          throw error;
        });
        // Trying again would keep its slot from all others. It stays open, for a gateway that can read it.
        if (found === 'unreadable') return { kind: 'ended' };
        if (!found) {
          await ledger.close(id, clock.now());
          return { kind: 'ended' };
        }
        if (isEnded(found)) {
          await journal.settle(found);
          return { kind: 'ended' };
        }
        const started = found.status === 'QUEUED' ? await start(found, { signal, holdsSlot }) : found;
        if ('retryAfterMs' in started)
          return { kind: 'again', afterMs: started.retryAfterMs, pauses: started.pauses };
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
  isOver: boolean,
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
  return isOver ? { type: 'failed', error: timedOut } : undefined;
}

import type { Clock } from '../../lib/clock.js';
import { retryUntilAborted } from '../../lib/retry-until-aborted.js';
import type { FailpointHook } from '../failpoint.js';
import { notAccepted } from '../failures.js';
import type {
  FaceSwapProvider,
  RunOutcome,
  SubmitOutcome,
  SwapIndex,
  SwapLog,
  SwapPolicy,
  SwapPubSub,
  SwapStore,
} from '../ports.js';
import { expiryIn, type QueuePauses } from '../queue-pause.js';
import { isUnreadable } from '../record.js';
import type { RunSlot } from '../run-slot.js';
import type { SubmittedPictures } from '../submitted-pictures.js';
import { isEnded, type QueuedSwap, type Swap, type SwapTransition } from '../swap.js';
import { callContext } from './call-context.js';
import { createFollowUp, type OwnSubmission } from './follow-up.js';
import type { LateResults } from './late-results.js';
import type { DurationsByOperation, LearnedDurations } from './learned-durations.js';
import { createMailbox } from './mailbox.js';
import type { Transitions } from './transitions.js';

export interface SwapRunner {
  /**
   * Runs one swap in a slot until it is finished, resuming where an earlier run stopped: submits it if it certainly was not
   * submitted before, then waits for an event, a poll's response, or the deadline. A submission whose outcome stays unknown for
   * `unknownSlotMs` releases its slot.
   *
   * @param signal aborting leaves the swap as it is for a later run
   * @param slot checked between the mark and the POST: of two concurrent runs, at most one submits
   * @returns `finished`; `requeue` when ModelsLab certainly did not accept it; `interrupted` after an abort
   * @throws UNAVAILABLE when the store fails; the swap stays as it was last written
   */
  run(id: string, signal: AbortSignal, slot: RunSlot): Promise<RunOutcome>;
}

interface RunnerDeps {
  store: SwapStore;
  swapIndex: SwapIndex;
  pubsub: SwapPubSub;
  queue: Pick<QueuePauses, 'pauses'>;
  transitions: Transitions;
  provider: FaceSwapProvider;
  clock: Clock;
  policy: SwapPolicy;
  learnedOf: DurationsByOperation;
  late: Pick<LateResults, 'apply' | 'record'>;
  log: SwapLog;
  failpoint: FailpointHook;
  /** The URL to which ModelsLab sends the outcome of a swap. */
  webhookUrl(id: string): string;
}

/** A started run: the swap to follow, or why it was not submitted. */
interface Started {
  swap: Swap;
  own?: OwnSubmission;
  notAccepted?: SubmitOutcome & { kind: 'not-accepted' };
}

/** Delay before another attempt when the mark could be lost. */
const unsafeRetryMs = 1000;

export function createSwapRunner(deps: RunnerDeps): SwapRunner {
  const { store, swapIndex, pubsub, queue, transitions, provider, clock, policy, learnedOf, late, log } =
    deps;
  const { failpoint, webhookUrl } = deps;
  const followUp = createFollowUp(deps);

  /**
   * @returns the swap after the submission, or how long to wait before it may be submitted again. A swap that is still QUEUED
   *   was taken over by another run, or the store failed until shutdown, so that only the mark is durable.
   */
  async function prepareAndSubmit(queued: QueuedSwap, signal: AbortSignal, slot: RunSlot): Promise<Started> {
    const prepared = await provider.prepare?.(queued.request, signal, callContext(queued));
    if (!prepared) return submit(queued, undefined, signal, slot);
    if (prepared.kind === 'ready')
      return submit(queued, prepared.pictures, signal, slot).finally(prepared.pictures?.release);
    if (signal.aborted) return { swap: queued };
    if (prepared.kind === 'failed')
      return { swap: await transitions.applyTransition(queued, { type: 'failed', error: prepared.error }) };
    const { retryAfterMs } = prepared;
    return { swap: queued, notAccepted: { kind: 'not-accepted', retryAfterMs, pauses: 'instance' } };
  }

  async function submit(
    queued: QueuedSwap,
    pictures: SubmittedPictures | undefined,
    signal: AbortSignal,
    slot: RunSlot,
  ): Promise<Started> {
    // Connects while the mark is being written and synced.
    const connection = provider.connect?.();
    const { mayPost, ...marked } = await mark(queued, signal, slot).catch((error: unknown) => {
      connection?.close();
      throw error;
    });
    if (!mayPost) {
      connection?.close();
      return marked;
    }
    const { swap } = marked;
    const submittedAt = clock.monotonic();
    const call = { ...callContext(swap), connection, pictures };
    const outcome = await provider.submit(swap.request, webhookUrl(swap.id), call);
    const respondedAt = clock.monotonic();
    const modelsLabId = 'modelsLabId' in outcome ? outcome.modelsLabId : undefined;
    log.info({ swap: swap.id, outcome: outcome.kind, modelsLabId }, 'submitted the swap to ModelsLab');
    failpoint('after-post-before-store');
    if (outcome.kind === 'unknown') {
      log.warn({ swap: swap.id }, 'outcome of the submission is unknown; waiting for a webhook');
    }
    const stored = await persist(swap, transitionOfSubmission(outcome, learnedOf(swap.request)), signal);
    if (outcome.kind === 'not-accepted' && !isEnded(stored)) return { swap: stored, notAccepted: outcome };
    if (outcome.kind === 'unknown' && outcome.late) void applyLate(swap.id, outcome.late, signal);
    if (outcome.kind === 'processing' || outcome.kind === 'succeeded') slot.accepted();
    const etaMs = outcome.kind === 'processing' ? outcome.etaMs : undefined;
    return { swap: stored, own: { submittedAt, respondedAt, etaMs } };
  }

  /** Marks the swap as being submitted, durably, then checks the slot. @returns whether this run may submit it */
  async function mark(
    queued: QueuedSwap,
    signal: AbortSignal,
    slot: RunSlot,
  ): Promise<Started & { mayPost: boolean }> {
    // A write that seems to have failed may still have succeeded, and only this run knows that nothing was submitted yet.
    const swap = await retryUntilAborted(
      () => transitions.applyTransition(queued, { type: 'submitting' }),
      clock,
      signal,
    );
    if (isEnded(swap)) return { swap, mayPost: false };
    if (!(await isMarkSafe())) {
      // Nothing was submitted, so the mark is removed, and the swap waits for a store that would not lose it.
      const unmarked = await persist(swap, { type: 'not-accepted' }, signal);
      if (isEnded(unmarked)) return { swap: unmarked, mayPost: false };
      const notAccepted = { kind: 'not-accepted', retryAfterMs: unsafeRetryMs, pauses: 'instance' } as const;
      return { swap: unmarked, notAccepted, mayPost: false };
    }
    failpoint('before-post');
    // The fence: a run that starts after `true` was returned sees the mark, and one that started before causes `false`.
    return { swap, mayPost: await retryUntilAborted(slot.isHeld, clock, signal) };
  }

  const isMarkSafe = async (): Promise<boolean> => {
    try {
      return (await store.confirm?.()) ?? true;
    } catch {
      return false;
    }
  };

  /** Stores the response to a paid call. Retries until the store accepts it, so a temporary failure loses nothing. */
  async function persist(swap: Swap, transition: SwapTransition, signal: AbortSignal): Promise<Swap> {
    const attempt = (): Promise<Swap> =>
      transitions.applyTransition(swap, transition).catch((error: unknown) => {
        log.error(
          { swap: swap.id, err: error },
          "the store failed; retrying until ModelsLab's response is stored",
        );
        throw error;
      });
    return retryUntilAborted(attempt, clock, signal).catch(() => swap);
  }

  /** Handles a response that arrived after the submission's timeout. Nothing waits for it, not even a shutdown. */
  async function applyLate(id: string, response: Promise<SubmitOutcome>, signal: AbortSignal): Promise<void> {
    try {
      const outcome = await response;
      if (outcome.kind === 'unknown') return;
      log.warn({ swap: id, outcome: outcome.kind }, 'response to a submission arrived after its timeout');
      await retryUntilAborted(
        async () => {
          const swap = await store.get(id);
          if (!swap) return;
          const current = isEnded(swap)
            ? swap
            : await transitions.applyTransition(
                swap,
                transitionOfLateResponse(outcome, learnedOf(swap.request)),
              );
          // No effect unless its failure was inferred, perhaps concurrently.
          if (isEnded(current)) await late.apply(current, outcome, 'response');
        },
        clock,
        signal,
      );
    } catch (error) {
      log.error({ swap: id, err: error }, 'failed to store a late response to a submission');
    }
  }

  async function start(swap: QueuedSwap, signal: AbortSignal, slot: RunSlot): Promise<Started> {
    if (swap.recovered)
      return {
        swap: await transitions.applyTransition(swap, { type: 'succeeded', result: swap.recovered.result }),
      };
    if (swap.submittingSince !== undefined)
      return { swap: await transitions.applyTransition(swap, { type: 'outcome-unknown' }) };
    if (clock.now() >= swap.createdAt + policy.queueDeadlineMs)
      return { swap: await transitions.applyTransition(swap, await expiryIn(queue)) };
    return prepareAndSubmit(swap, signal, slot);
  }

  return {
    async run(id, signal, slot) {
      const mailbox = await createMailbox(pubsub, id, clock);
      try {
        const found = await store.get(id).catch((error: unknown) => {
          if (isUnreadable(error)) return 'unreadable' as const;
          throw error;
        });
        // Retrying would occupy the slot. The swap stays open for a gateway that can read it.
        if (found === 'unreadable') return { kind: 'finished' };
        if (!found) {
          await swapIndex.markEnded(id, clock.now());
          return { kind: 'finished' };
        }
        if (isEnded(found)) {
          await transitions.finish(found);
          return { kind: 'finished' };
        }
        const { swap, own, notAccepted } =
          found.status === 'QUEUED' ? await start(found, signal, slot) : { swap: found };
        if (notAccepted)
          return { kind: 'requeue', afterMs: notAccepted.retryAfterMs, pauses: notAccepted.pauses };
        if (swap.status === 'QUEUED') return { kind: 'interrupted' };
        if (isEnded(swap)) return { kind: 'finished' };
        return await followUp({ swap, mailbox, signal, slot, own });
      } finally {
        mailbox.close();
      }
    },
  };
}

/** A processing swap does not return to the queue: a late refusal fails it, and nothing was paid. */
function transitionOfLateResponse(outcome: SubmitOutcome, learned: LearnedDurations): SwapTransition {
  return outcome.kind === 'not-accepted'
    ? { type: 'failed', error: notAccepted }
    : transitionOfSubmission(outcome, learned);
}

function transitionOfSubmission(outcome: SubmitOutcome, learned: LearnedDurations): SwapTransition {
  switch (outcome.kind) {
    case 'succeeded':
      if (outcome.result.output.length > 0) return { ...outcome, type: 'succeeded' };
      // ModelsLab accepted it, so it is charged, and the picture is still pending.
      return outcome.modelsLabId === undefined
        ? { type: 'outcome-unknown' }
        : { type: 'accepted', modelsLabId: outcome.modelsLabId };
    case 'failed':
      return { ...outcome, type: 'failed' };
    case 'processing': {
      const { modelsLabId, fetchPath } = outcome;
      const etaMs = learned.expect(outcome.etaMs);
      return {
        type: 'accepted',
        modelsLabId,
        ...(etaMs !== undefined && { etaMs }),
        ...(fetchPath !== undefined && { fetchPath }),
      };
    }
    case 'unknown':
      return { type: 'outcome-unknown' };
    case 'not-accepted':
      return { type: 'not-accepted' };
  }
}

import type { Clock } from '../../lib/clock.js';
import { submissionUnknown, timedOut } from '../failures.js';
import type { FaceSwapProvider, FetchOutcome, RunOutcome, SwapIndex, SwapLog, SwapPolicy } from '../ports.js';
import type { RunSlot } from '../run-slot.js';
import { isEnded, type ProcessingSwap, type Swap, type SwapTransition } from '../swap.js';
import { callContext } from './call-context.js';
import type { LateResults } from './late-results.js';
import type { DurationsByOperation } from './learned-durations.js';
import type { Mailbox } from './mailbox.js';
import { nextPollAt } from './poll-plan.js';
import { isWithoutPicture, namesAnother } from './report-match.js';
import type { Transitions } from './transitions.js';

interface FollowUpDeps {
  swapIndex: SwapIndex;
  transitions: Transitions;
  provider: FaceSwapProvider;
  clock: Clock;
  policy: SwapPolicy;
  learnedOf: DurationsByOperation;
  late: Pick<LateResults, 'record'>;
  log: SwapLog;
}

/** A submission as its run saw it; milliseconds of the monotonic clock. */
export interface OwnSubmission {
  submittedAt: number;
  respondedAt: number;
  etaMs: number | undefined;
}

export interface FollowUp {
  swap: ProcessingSwap;
  mailbox: Mailbox;
  signal: AbortSignal;
  slot: RunSlot;
  /** Undefined when an earlier run submitted it. */
  own: OwnSubmission | undefined;
}

/** The deadline is extended up to this multiple of its length while ModelsLab reports that the swap is processing. */
const maxDeadlineFactor = 3;
/** Unanswered polls tolerated after the deadline: the paid result may exist. */
const maxUnansweredFinalPolls = 5;
/** How long an error that may be about the request, or pictures without a known status, must go uncontradicted to be believed. */
const doubtfulMs = 60_000;
const maxDoubtfulIntervalMs = 10_000;
const retryMs = 500;
/** How long polls stay frequent after an unconfirmed webhook, which suggests that the result exists. */
const requestedMs = 60_000;
const requestedGrowth = 0.6;

/**
 * Follows a submitted swap until it is finished: by a published event, a poll's response, or the deadline. All times are durations
 * on the monotonic clock, so steps of the wall clock neither finish nor stall a swap. The wall clock only gives the age of a swap
 * that an earlier run submitted, and such a swap is polled before it can time out.
 *
 * @returns `finished`, or `interrupted` after an abort. @throws UNAVAILABLE when the store fails
 */
export function createFollowUp(deps: FollowUpDeps): (given: FollowUp) => Promise<RunOutcome> {
  const { swapIndex, transitions, provider, clock, policy, learnedOf, late, log } = deps;

  /** A webhook may have revealed ModelsLab's id for a swap whose submission got no response. */
  async function withLinkedId(swap: ProcessingSwap): Promise<Swap> {
    if (swap.modelsLabId !== undefined) return swap;
    const modelsLabId = await swapIndex.modelsLabIdOf(swap.id);
    return modelsLabId === undefined
      ? swap
      : transitions.applyTransition(swap, { type: 'accepted', modelsLabId });
  }

  return async ({ swap: start, mailbox, signal, slot, own }) => {
    const learned = learnedOf(start.request);
    const startedAt = clock.monotonic();
    const submittedAt = own?.submittedAt ?? startedAt - Math.max(clock.now() - start.submittedAt, 0);
    const deadlineAt = submittedAt + policy.processingDeadlineMs;
    const lastDeadlineAt = submittedAt + maxDeadlineFactor * policy.processingDeadlineMs;
    const respondedAt = own?.respondedAt ?? submittedAt;

    const pollAfter = (now: number): number => {
      const next = nextPollAt(now - respondedAt, {
        firstMs: policy.pollIntervalMs,
        maxIntervalMs: policy.maxPollIntervalMs,
        range: learned.range(),
        etaMs: own?.etaMs,
        webhooksArrive: learned.webhooksArrive(),
      });
      return respondedAt + next;
    };
    /** @param at when it was finished, monotonic */
    const learn = (finished: Swap, at: number, by: 'webhook' | 'poll'): void => {
      if (own && finished.status === 'SUCCEEDED') learned.record(Math.max(at - respondedAt, 0), by);
    };

    let swap = await withLinkedId(start);
    let releaseAt = submittedAt + policy.unknownSlotMs;
    let isReleased = false;
    // A run resumed after a crash may have no slot.
    let mayLackSlot = own === undefined;
    let pollAt = own ? pollAfter(respondedAt) : startedAt;
    let lastPollAt = respondedAt;
    let doubtfulSince: number | undefined;
    let unprovenSince: number | undefined;
    let unansweredFinalPolls = 0;
    let requestedAt: number | undefined;
    let wasMismatchLogged = false;

    /** @returns the transition that the response implies, if any */
    const transitionFor = (response: FetchOutcome, now: number): SwapTransition | undefined => {
      const isDoubtful = response.kind === 'failed' && !response.isFinal;
      if (!isDoubtful) doubtfulSince = undefined;
      const unproven = response.kind === 'processing' ? response.result : undefined;
      unprovenSince = unproven && (unprovenSince ?? now);
      if (unproven && unprovenSince !== undefined && now - unprovenSince >= doubtfulMs)
        return { type: 'succeeded', result: unproven };
      switch (response.kind) {
        case 'succeeded':
          return { type: 'succeeded', result: response.result };
        case 'processing':
          unansweredFinalPolls = 0;
          return now >= lastDeadlineAt ? { type: 'failed', error: timedOut, inferred: true } : undefined;
        case 'failed':
          if (response.isFinal) return { type: 'failed', error: response.error };
          doubtfulSince ??= now;
          return now - doubtfulSince >= doubtfulMs
            ? { type: 'failed', error: response.error, inferred: true }
            : undefined;
      }
      if (now >= deadlineAt) unansweredFinalPolls += 1;
      return unansweredFinalPolls >= maxUnansweredFinalPolls
        ? { type: 'failed', error: timedOut, inferred: true }
        : undefined;
    };

    /** Discounts a response about another generation, and a success without a picture. */
    const credible = (response: FetchOutcome, current: ProcessingSwap): FetchOutcome => {
      if (response.kind === 'unavailable') return response;
      if (namesAnother(current, current.modelsLabId, response)) {
        if (!wasMismatchLogged)
          log.warn(
            { swap: current.id, modelsLabId: current.modelsLabId },
            'poll response is about another swap; ignored',
          );
        wasMismatchLogged = true;
        return { kind: 'unintelligible' };
      }
      return isWithoutPicture(response) ? { kind: 'processing' } : response;
    };

    const nextAfter = (now: number): number => {
      // After the deadline, unanswered polls are repeated at the base interval.
      if (unansweredFinalPolls > 0) return now + policy.pollIntervalMs;
      let next = pollAfter(now);
      if (requestedAt !== undefined && now - requestedAt < requestedMs)
        next = Math.min(next, now + policy.pollIntervalMs + requestedGrowth * (now - requestedAt));
      if (doubtfulSince === undefined) return next;
      const believedAt = doubtfulSince + doubtfulMs;
      return Math.min(next, now + maxDoubtfulIntervalMs, Math.max(believedAt, now + policy.pollIntervalMs));
    };

    while (swap.status === 'PROCESSING') {
      const isKnown = swap.modelsLabId !== undefined;
      if (isKnown && (isReleased || mayLackSlot)) {
        await slot.reclaim();
        isReleased = false;
        mayLackSlot = false;
      }
      const now = clock.monotonic();
      const nextDeadlineAt = [deadlineAt, lastDeadlineAt].find((at) => now < at) ?? pollAt;
      const knownAt = Math.min(pollAt, nextDeadlineAt);
      const unknownAt = isReleased ? deadlineAt : Math.min(releaseAt, deadlineAt);
      const wake = await mailbox.wait((isKnown ? knownAt : unknownAt) - now, signal);
      if (wake === 'aborted') return { kind: 'interrupted' };
      if (wake === 'update') {
        const known = mailbox.latest();
        if (known && isEnded(known)) {
          learn(known, clock.monotonic(), 'webhook');
          return { kind: 'finished' };
        }
        if (!isKnown && known?.status === 'PROCESSING' && known.modelsLabId !== undefined) {
          const { pollRequestedAt: _, ...record } = known;
          swap = record;
          pollAt = clock.monotonic() + policy.pollIntervalMs;
        } else {
          swap = await withLinkedId(swap);
        }
        // At most one extra poll per interval, however many webhooks request it.
        if (mailbox.takePollRequest()) {
          requestedAt = clock.monotonic();
          pollAt = Math.min(pollAt, Math.max(requestedAt, lastPollAt + policy.pollIntervalMs));
        }
        continue;
      }
      if (swap.modelsLabId === undefined) {
        // The event with its id may have been lost.
        const linked = await withLinkedId(swap);
        if (linked !== swap) {
          swap = linked;
          pollAt = clock.monotonic();
        } else if (clock.monotonic() >= deadlineAt) {
          swap = await transitions.applyTransition(swap, {
            type: 'failed',
            error: submissionUnknown,
            inferred: true,
          });
        } else {
          await slot.release().then(
            () => {
              isReleased = true;
              log.warn({ swap: start.id }, 'submission is unresolved; released its slot');
            },
            () => {
              releaseAt = clock.monotonic() + retryMs;
            },
          );
        }
        continue;
      }
      const { modelsLabId, fetchPath } = swap;
      const reference = { modelsLabId, ...(fetchPath !== undefined && { fetchPath }) };
      // Polls are free: one in flight at shutdown is not awaited.
      const response = await orAborted(provider.fetch(reference, callContext(swap)), signal);
      if (!response) return { kind: 'interrupted' };
      const outcome = credible(response, swap);
      const polledAt = clock.monotonic();
      const transition = transitionFor(outcome, polledAt);
      if (transition) swap = await transitions.applyTransition(swap, transition);
      // Another instance may have timed the swap out concurrently.
      if (transition?.type === 'succeeded' && isEnded(swap))
        await late.record(swap, transition.result, modelsLabId, 'poll');
      if (transition?.type === 'succeeded') learn(swap, (lastPollAt + polledAt) / 2, 'poll');
      pollAt = nextAfter(polledAt);
      lastPollAt = polledAt;
    }
    return { kind: 'finished' };
  };
}

/** The result of `work`; undefined if the signal aborts first. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

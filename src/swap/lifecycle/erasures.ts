import type { Clock } from '../../lib/clock.js';
import { type Repetition, repeat } from '../../lib/repeat.js';
import { type Erasure, type ErasureStore, erasureTargets, isComplete, tombstoneMs } from '../erasure.js';
import type { FailpointHook } from '../failpoint.js';
import type { DueLatePoll, LatePollSchedule } from '../late-poll-schedule.js';
import type { SwapLog, SwapStore } from '../ports.js';
import { isEnded, type Swap } from '../swap.js';
import type { ErasureParts } from './erasure-parts.js';

/** Erases swaps: at once where that is possible, and otherwise in the background until every part is done or given up. */
export interface Erasures {
  /**
   * Erases a swap that has finished, or one that has not as soon as it finishes. Idempotent: a second request returns the same
   * tombstone. Waits a few seconds at most for the parts; the rest goes on in the background, also after a restart.
   *
   * @throws UNAVAILABLE; the erasure may then have been accepted, and repeating the request is safe
   */
  request(swap: Swap): Promise<Erasure>;
  /** Goes on with the erasures of earlier processes, until closed. */
  start(): void;
  /** Ends after the current attempts. */
  close(): Promise<void>;
}

interface ErasuresDeps {
  store: Pick<SwapStore, 'get'>;
  erasures: ErasureStore;
  jobs: LatePollSchedule;
  parts: ErasureParts;
  clock: Clock;
  /** The time of the schedule, see `Backend`. */
  dueNow(): number;
  log: SwapLog;
  failpoint: FailpointHook;
  /** Whether other processes use the same schedule. Entries that they add do not wake this process. */
  isShared: boolean;
}

/** How long a part is retried, milliseconds; then it is NOT_POSSIBLE. */
export const erasureRetryMs = 7 * 24 * 60 * 60 * 1000;
/** How long a request waits for its parts, milliseconds. */
const answerWithinMs = 5000;
const firstRetryMs = 1000;
const maxRetryMs = 3_600_000;
/** How often a swap that has not finished is checked, milliseconds. */
const recheckMs = 2000;
/** Longer than an attempt usually takes. If another process tries as well, both do the same. */
const leaseMs = 10_000;
const batchSize = 4;
const sharedReadMs = 15_000;
const storeRetryMs = 1000;

export function createErasures(deps: ErasuresDeps): Erasures {
  const { store, erasures, jobs, parts, clock, log, failpoint, isShared } = deps;
  const now = deps.dueNow;
  const closing = new AbortController();
  const running = new Map<string, Promise<Erasure | undefined>>();
  let loop: Repetition | undefined;

  const save = (erasure: Erasure): Promise<void> => erasures.save(erasure, erasure.requestedAt + tombstoneMs);

  /** One attempt at all parts that are left. @returns the tombstone; undefined if there is none any longer */
  async function attempt({ swapId, attempts }: DueLatePoll): Promise<Erasure | undefined> {
    let erasure = await erasures.get(swapId);
    const swap = await store.get(swapId);
    if (!erasure || isComplete(erasure)) {
      // Left by a process that was killed before it had purged.
      if (erasure) await parts.purge();
      await jobs.remove(swapId);
      return erasure;
    }
    if (swap && !isEnded(swap)) {
      await jobs.postpone(swapId, 0, now() + recheckMs);
      return erasure;
    }
    if (!erasure.work) {
      erasure = { ...erasure, work: await parts.plan(swap) };
      // Before the record is stripped: afterwards, nothing else knows.
      await save(erasure);
      failpoint('after-erasure-planned');
    }
    erasure = await parts.erase(erasure, swap);
    const isLast = clock.now() - erasure.requestedAt >= erasureRetryMs;
    if (isLast) erasure = { ...erasure, parts: erasure.parts.map(givenUp) };
    const { work: _, ...tombstone } = erasure;
    if (isComplete(erasure)) erasure = tombstone;
    await save(erasure);
    failpoint('after-erasure-saved');
    await parts.purge();
    if (isComplete(erasure)) {
      await jobs.remove(swapId);
      log.info({ swap: swapId, parts: summaryOf(erasure) }, 'erased a swap');
    } else {
      if (attempts === 0)
        log.warn({ swap: swapId, parts: summaryOf(erasure) }, 'parts of a swap are not erased yet; retrying');
      const delayMs = Math.min(firstRetryMs * 2 ** attempts, maxRetryMs);
      await jobs.postpone(swapId, attempts + 1, now() + delayMs);
    }
    return erasure;
  }

  /** At most one attempt at a time for each swap in this process; the lease keeps other processes away. */
  function run(job: DueLatePoll): Promise<Erasure | undefined> {
    const { swapId } = job;
    const current = running.get(swapId) ?? attempt(job).finally(() => running.delete(swapId));
    running.set(swapId, current);
    return current;
  }

  async function work(): Promise<number> {
    const due = await jobs.take(now(), leaseMs, batchSize);
    await Promise.all(due.map(run));
    if (due.length === batchSize) return 0;
    const nextDueAt = (await jobs.nextDueAt()) ?? Number.POSITIVE_INFINITY;
    const maxIdleMs = isShared ? sharedReadMs : Number.POSITIVE_INFINITY;
    return Math.min(Math.max(nextDueAt - now(), 0), maxIdleMs);
  }

  return {
    async request(swap) {
      const { id: swapId, client } = swap;
      const known = await erasures.get(swapId);
      if (known) return known;
      const erasure: Erasure = {
        swapId,
        client,
        requestedAt: clock.now(),
        parts: erasureTargets.map((what) => ({ what, state: 'PENDING' })),
      };
      // The entry first: one without a tombstone is dropped, but a tombstone without an entry would never be finished.
      await jobs.add(swapId, now() + leaseMs);
      await save(erasure);
      await parts.record(swapId, erasure.requestedAt);
      failpoint('after-erasure-requested');
      const answered = new AbortController();
      const attempted = run({ swapId, attempts: 0 }).catch((error: unknown) => {
        log.error({ err: error, swap: swapId }, 'cannot erase a swap yet: the store failed');
        // Retried once the lease ends.
        return undefined;
      });
      const late = clock.sleep(answerWithinMs, answered.signal).then(() => undefined);
      const done = await Promise.race([attempted, late]);
      answered.abort();
      loop?.wake();
      return done ?? (await erasures.get(swapId)) ?? erasure;
    },
    start() {
      loop = repeat(work, {
        clock,
        signal: closing.signal,
        retryMs: storeRetryMs,
        onError(error) {
          if (!closing.signal.aborted) log.error({ err: error }, 'erasures are delayed: the store failed');
        },
      });
    },
    async close() {
      closing.abort();
      await loop?.done;
      await Promise.allSettled(running.values());
    },
  };
}

const givenUp = (part: Erasure['parts'][number]): Erasure['parts'][number] =>
  part.state === 'PENDING'
    ? { ...part, state: 'NOT_POSSIBLE', reason: part.reason ?? 'It failed for seven days.' }
    : part;

const summaryOf = ({ parts }: Erasure): Record<string, string> =>
  Object.fromEntries(parts.map(({ what, state }) => [what, state]));

import type { Clock } from '../lib/clock.js';
import { type Repetition, repeat } from '../lib/repeat.js';
import { type ArchiveStore, awaitsArchive, namedResultOf } from '../swap/archive.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { ArchiveSchedule, DueLatePoll } from '../swap/late-poll-schedule.js';
import type { SwapLog, SwapStore } from '../swap/ports.js';
import { isEnded, isErased } from '../swap/swap.js';
import { type CopyOutcome, createFileCopier, type FileCopierDeps } from './copy-file.js';
import type { CopyObserver } from './copy-observer.js';
import { discardCopies } from './discard-copies.js';
import { createRecorder } from './recorder.js';

/** Copies the files of results into the archive, in the background. */
export interface Copier {
  /** Schedules the copies of a swap, durably, and starts them at once if possible. @throws UNAVAILABLE */
  add: ArchiveSchedule['add'];
  /** Copies what is due, including what earlier processes left, until closed. */
  start(): void;
  /** Aborts the copies in progress, which this or another process repeats. */
  close(): Promise<void>;
}

interface CopierDeps extends FileCopierDeps {
  store: SwapStore;
  jobs: ArchiveSchedule;
  archive: ArchiveStore;
  /** Resolves once `budget` has been measured. */
  measured: Promise<void>;
  clock: Clock;
  /** The time of the schedule, see `Backend`. */
  dueNow(): number;
  log: SwapLog;
  failpoint: FailpointHook;
  observer: CopyObserver;
  /** Whether other processes use the same schedule. Entries that they add do not wake this process. */
  isShared: boolean;
}

/** How long a copy is retried, from the end of the swap: ModelsLab keeps some results for no longer than a day. */
export const copyForMs = 23 * 60 * 60 * 1000;
/** It is retried this often in any case: the time may have passed without a process, or because the clock was set. */
const leastAttempts = 10;
const firstRetryMs = 1000;
const maxRetryMs = 1_800_000;
/** An incomplete picture is retried this often; then its host has no other. */
const attemptsAtWhole = 4;
/** Each holds one file on disk and a few buffers in memory. */
const concurrency = 4;
/** Leased at a time by a process that shares its schedule with no other: the first four are copied, the rest wait. */
const mostLeased = 64;
/** Renewed during a copy, so that exactly one process makes it. */
const leaseMs = 12_000;
const renewMs = leaseMs / 3;
/** Maximum interval between reads of a shared schedule: the instance that added a copy may have died. */
const sharedReadMs = 15_000;
const storeRetryMs = 1000;

interface RunningCopy {
  job: DueLatePoll;
  heldUntil: number;
  /** Aborted when the lease is lost, or the process ends. */
  lost: AbortController;
  done: Promise<void>;
}

export function createCopier(deps: CopierDeps): Copier {
  const { store, jobs, archive, clock, log, failpoint, observer, isShared } = deps;
  const now = deps.dueNow;
  const closing = new AbortController();
  const copyFile = createFileCopier(deps);
  const recorder = createRecorder({ store, jobs, clock, log });
  const running = new Map<string, RunningCopy>();
  const maxIdleMs = isShared ? sharedReadMs : Number.POSITIVE_INFINITY;
  // Other processes may have room for what would wait here.
  const leasedAtOnce = isShared ? concurrency : mostLeased;
  let copying = 0;
  let isWaking = false;
  const backlog: RunningCopy[] = [];
  let loop: Repetition | undefined;
  let renewing: Repetition | undefined;

  /** @param leavePlace called once the files are stored, or never: what follows needs no memory and no local files */
  async function copy(
    { swapId, attempts }: DueLatePoll,
    signal: AbortSignal,
    leavePlace: () => void,
  ): Promise<void> {
    const swap = await store.get(swapId);
    // The entry of an instance that is still storing the result: a removal could not be undone.
    if (swap && !isEnded(swap)) return jobs.postpone(swapId, attempts, now() + firstRetryMs);
    const named = swap && awaitsArchive(swap) ? namedResultOf(swap) : undefined;
    // Expired, or recorded by a process that was killed before it removed the entry.
    if (!swap || !named) return jobs.remove(swapId);
    const since = swap.lateResult?.receivedAt ?? swap.completedAt;
    const outcomes: CopyOutcome[] = [];
    const options = { acceptsPartial: attempts >= attemptsAtWhole, signal };
    for (const [index, url] of named.output.entries())
      outcomes.push(await copyFile(swap, named.files.token, url, index, options));
    leavePlace();
    const problems = outcomes.filter((outcome) => 'kind' in outcome);
    // Erased during the copy: the erasure may not have found its files. A record of the copy finds out without a read of its own.
    const isRecorded = problems.length === 0 && !signal.aborted && swap.expiresAt > clock.now();
    const current = isRecorded ? swap : await store.get(swapId).catch(() => swap);
    if (!current || isErased(current)) return discardCopies(archive, named);
    if (closing.signal.aborted) return jobs.postpone(swapId, attempts, now());
    // Another process may have taken over, or the store cannot be written: nothing may be recorded.
    if (signal.aborted) return;
    const leftMs = since + copyForMs - clock.now();
    const isLast = leftMs <= 0 && attempts + 1 >= leastAttempts;
    if (!isLast && problems.some(({ kind }) => kind === 'retry')) {
      observer.attempted('retry');
      if (attempts === 0)
        log.warn(
          { swap: swapId, reason: reasonOf(problems) },
          'cannot archive the result of a swap yet; retrying',
        );
      const delayMs = Math.min(firstRetryMs * 2 ** attempts, maxRetryMs);
      return jobs.postpone(swapId, attempts + 1, now() + (leftMs > 0 ? Math.min(delayMs, leftMs) : delayMs));
    }
    failpoint('after-put-before-record');
    const files = outcomes.map((outcome) => ('kind' in outcome ? null : outcome));
    const state = problems.length === 0 ? 'STORED' : 'FAILED';
    const { first, swap: recorded } = await recorder.record(swap, { state, files, endedAt: clock.now() });
    failpoint('after-record-before-removal');
    // Afterwards: a full store may refuse the record, and would still remove the entry.
    recorder.remove(swapId);
    if (isErased(recorded)) return discardCopies(archive, named);
    if (first) {
      const [problem] = problems;
      observer.attempted(!problem ? 'stored' : problem.kind === 'full' ? 'full' : 'failed');
      if (problem)
        log.error({ swap: swapId, reason: reasonOf(problems) }, 'failed to archive the result of a swap');
      else observer.stored(Math.max(clock.now() - since, 0));
    }
  }

  async function runCopy({ job, lost }: RunningCopy): Promise<void> {
    const leavePlace = takePlace();
    try {
      await deps.measured;
      await copy(job, lost.signal, leavePlace);
    } catch (error) {
      if (!closing.signal.aborted)
        log.error({ err: error, swap: job.swapId }, 'cannot archive the result of a swap: the store failed');
    } finally {
      leavePlace();
      release(job.swapId);
    }
  }

  /** @returns leaves the place to the next copy that waits for one. Idempotent. */
  function takePlace(): () => void {
    let isTaken = true;
    copying += 1;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      copying -= 1;
      const next = backlog.shift();
      if (next) begin(next);
    };
  }

  /** Takes one of the places for copies. @param heldUntil end of the lease */
  function reserve(job: DueLatePoll, heldUntil: number): RunningCopy {
    const run: RunningCopy = { job, heldUntil, lost: new AbortController(), done: Promise.resolve() };
    running.set(job.swapId, run);
    return run;
  }

  function release(swapId: string): void {
    const wasFull = running.size >= leasedAtOnce;
    running.delete(swapId);
    if (wasFull) loop?.wake();
    else wakeSoon();
  }

  /** For entries that are left behind, or due again. Not for each copy: a read of the schedule is a part of its cost. */
  function wakeSoon(): void {
    if (isWaking) return;
    isWaking = true;
    void clock.sleep(firstRetryMs, closing.signal).then(() => {
      isWaking = false;
      loop?.wake();
    });
  }

  function begin(run: RunningCopy): void {
    if (copying < concurrency) run.done = runCopy(run);
    else backlog.push(run);
  }

  /** Renews the leases of all copies in progress. A copy whose lease cannot be renewed for too long is aborted. */
  async function renew(): Promise<number> {
    await Promise.all([...running.values()].map(renewLease));
    return renewMs;
  }

  async function renewLease(run: RunningCopy): Promise<void> {
    if (run.heldUntil - now() > leaseMs - renewMs / 2) return;
    const heldUntil = now() + leaseMs;
    try {
      await jobs.postpone(run.job.swapId, run.job.attempts, heldUntil);
      run.heldUntil = heldUntil;
    } catch {
      if (now() > run.heldUntil - renewMs) run.lost.abort();
    }
  }

  /** @returns milliseconds until the next copy is due; the end of a copy wakes the loop */
  async function work(): Promise<number> {
    while (running.size < leasedAtOnce && !closing.signal.aborted) {
      // A read is cheaper than a lease that finds nothing.
      const dueAt = (await jobs.nextDueAt()) ?? Number.POSITIVE_INFINITY;
      if (dueAt > now()) return Math.min(dueAt - now(), maxIdleMs);
      const takenAt = now();
      for (const job of await jobs.take(takenAt, leaseMs, leasedAtOnce - running.size))
        if (!running.has(job.swapId)) begin(reserve(job, takenAt + leaseMs));
    }
    return maxIdleMs;
  }

  return {
    async add(swapId, dueAt) {
      const isPossible = !isShared && loop !== undefined && !closing.signal.aborted;
      if (!isPossible || running.size >= leasedAtOnce || running.has(swapId)) {
        await jobs.add(swapId, dueAt);
        loop?.wake();
        return;
      }
      // No other process can take it, so it need not be leased in a second write.
      const heldUntil = now() + leaseMs;
      const run = reserve({ swapId, attempts: 0 }, heldUntil);
      try {
        await jobs.add(swapId, heldUntil);
      } catch (error) {
        release(swapId);
        throw error;
      }
      begin(run);
    },
    start() {
      renewing = repeat(renew, {
        clock,
        signal: closing.signal,
        startAfterMs: renewMs,
        retryMs: storeRetryMs,
        onError: () => undefined,
      });
      loop = repeat(work, {
        clock,
        signal: closing.signal,
        retryMs: storeRetryMs,
        onError: (error) => log.error({ err: error }, 'the archive is delayed by the store'),
      });
    },
    async close() {
      closing.abort();
      const waiting = backlog.splice(0).map(({ job }) => job);
      for (const { lost } of running.values()) lost.abort();
      await Promise.allSettled(waiting.map((job) => jobs.postpone(job.swapId, job.attempts, now())));
      await Promise.all([...running.values()].map(({ done }) => done));
      await recorder.close();
      await Promise.all([loop?.done, renewing?.done]);
    },
  };
}

const reasonOf = (problems: readonly { reason: string }[]): string => problems[0]?.reason ?? 'unknown';

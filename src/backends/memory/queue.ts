import type { Clock } from '../../lib/clock.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { waitAtMost } from '../../lib/wait-at-most.js';
import { queueFull } from '../../swap/errors.js';
import type { QueueEntry, QueueWork, RunOutcome, SwapLog, SwapQueue } from '../../swap/ports.js';
import { accountOf } from '../../swap/principal.js';
import { pauseReasons } from '../../swap/queue-pause.js';
import type { RunSlot } from '../../swap/run-slot.js';
import { createPositionChanges } from '../position-changes.js';
import { createMemoryPauses, createVolatilePauseStore, type OperatorPauseStore } from './pauses.js';
import { createRoundRobinQueue } from './round-robin-queue.js';

export interface MemoryQueueOptions {
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  /** Limit on swaps at ModelsLab at a time. */
  slots: number;
  maxWaiting: number;
  maxWaitingPerClient: number;
  /** Default: an operator's pause ends with the process. */
  operatorPause?: OperatorPauseStore;
  /** How long `close` waits for runs, milliseconds. */
  closeGraceMs?: number;
}

/** Pause after a run that threw, most likely because the store failed. */
const pauseAfterErrorMs = 1000;
/** Shutdown waits for submissions in flight; the next process follows those that it cuts off. */
const defaultCloseGraceMs = 5000;
const queueFullRetryAfterSeconds = 5;

/** An in-memory queue for a single process, restored at start from the open swaps of the swap index. */
export function createMemoryQueue({
  clock,
  log,
  report,
  slots,
  maxWaiting,
  maxWaitingPerClient,
  operatorPause = createVolatilePauseStore(),
  closeGraceMs = defaultCloseGraceMs,
}: MemoryQueueOptions): SwapQueue {
  const waiting = createRoundRobinQueue();
  const reserved = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  /** Runs without a slot: it is unknown whether ModelsLab has their swaps. */
  const unresolved = new Set<string>();
  /** Swaps to run without a slot once the queue starts. */
  const resumed = new Map<string, QueueEntry>();
  const positionChanges = createPositionChanges(clock, report);
  const pauses = createMemoryPauses(clock, log, operatorPause);
  const closing = new AbortController();
  let work: QueueWork | undefined;
  let totalReserved = 0;
  /** Slots of other programs; `until` on the monotonic clock. */
  let occupied = { slots: 0, until: 0 };
  const ownSlots = (): number => slots - (clock.monotonic() < occupied.until ? occupied.slots : 0);
  let pauseTimer: AbortController | undefined;
  let expiryTimer: { at: number; cancel: AbortController } | undefined;

  function reserve(account: string, change: 1 | -1): void {
    const count = (reserved.get(account) ?? 0) + change;
    if (count === 0) reserved.delete(account);
    else reserved.set(account, count);
    totalReserved += change;
  }

  function startRuns(): void {
    if (!work || closing.signal.aborted) return;
    for (const entry of resumed.values()) {
      resumed.delete(entry.id);
      unresolved.add(entry.id);
      begin(work, entry);
    }
    // Read first: a pause that ends in the meantime must still be awaited.
    const pauseMs = pauses.waitMs();
    while (running.size - unresolved.size < ownSlots() && (work.gate?.room() ?? slots) > 0) {
      const isPaused = pauses.room() === 0;
      const entry = isPaused ? shiftUnaffected() : waiting.shift();
      if (!entry) break;
      if (!isPaused) pauses.started(entry.id);
      begin(work, entry);
      positionChanges.notify();
    }
    awaitPause(pauseMs);
  }

  /** A swap that may be at ModelsLab already is followed during a pause as well, unless this process has just failed. */
  const shiftUnaffected = (): QueueEntry | undefined =>
    pauses.isLocal() ? undefined : waiting.shiftUnexpiring();

  function begin(work: QueueWork, entry: QueueEntry): void {
    // Counted before it runs, since it may release its slot immediately.
    running.set(entry.id, Promise.resolve());
    running.set(entry.id, run(work, entry));
  }

  const slotOf = ({ id }: QueueEntry): RunSlot => ({
    isHeld: async () => true,
    accepted() {
      pauses.accepted(id);
      startRuns();
    },
    async release() {
      if (running.has(id)) unresolved.add(id);
      pauses.left(id);
      startRuns();
    },
    async reclaim() {
      unresolved.delete(id);
    },
  });

  async function run(work: QueueWork, entry: QueueEntry): Promise<void> {
    let outcome: RunOutcome;
    try {
      outcome = await work.run(entry.id, closing.signal, slotOf(entry));
    } catch (error) {
      log.error({ swap: entry.id, err: error }, 'run of a swap failed; retrying it');
      if (unresolved.has(entry.id)) {
        await clock.sleep(pauseAfterErrorMs, closing.signal);
        if (!closing.signal.aborted) return run(work, entry);
      }
      outcome = { kind: 'requeue', afterMs: pauseAfterErrorMs, pauses: 'instance' };
    }
    running.delete(entry.id);
    unresolved.delete(entry.id);
    pauses.left(entry.id);
    if (outcome.kind === 'requeue') {
      waiting.pushFirst(entry);
      pauses.begin(outcome.pauses, outcome.afterMs);
      scheduleExpiry(entry.expiresAt);
      positionChanges.notify();
    }
    // An error of the next swap must not affect this run, which is over.
    contain(report, 'queue', startRuns);
  }

  function awaitPause(ms: number | undefined): void {
    pauseTimer?.abort();
    pauseTimer = undefined;
    if (ms === undefined) return;
    const timer = new AbortController();
    pauseTimer = timer;
    contain(report, 'queue', async () => {
      await clock.sleep(ms, AbortSignal.any([timer.signal, closing.signal]));
      if (!timer.signal.aborted) startRuns();
    });
  }

  /** Schedules an expiry sweep for `at` unless an earlier one is due. Entries removed in the meantime are simply not found. */
  function scheduleExpiry(at: number | undefined): void {
    if (!work || at === undefined || closing.signal.aborted || (expiryTimer && expiryTimer.at <= at)) return;
    expiryTimer?.cancel.abort();
    const timer = { at, cancel: new AbortController() };
    expiryTimer = timer;
    contain(report, 'queue', async () => {
      await clock.sleep(at - clock.now(), AbortSignal.any([timer.cancel.signal, closing.signal]));
      if (expiryTimer !== timer) return;
      expiryTimer = undefined;
      if (!closing.signal.aborted) expire();
    });
  }

  function expire(): void {
    for (const entry of waiting.removeExpired(clock.now())) {
      work?.expire(entry.id).catch((error: unknown) => {
        log.error({ swap: entry.id, err: error }, 'expiry of a queued swap failed; retrying');
        const again = { ...entry, expiresAt: clock.now() + pauseAfterErrorMs };
        waiting.pushFirst(again);
        scheduleExpiry(again.expiresAt);
      });
      positionChanges.notify();
    }
    scheduleExpiry(waiting.nextExpiry());
  }

  function add(entry: QueueEntry, isFirst: boolean): void {
    if (isFirst) waiting.pushFirst(entry);
    else waiting.push(entry);
    scheduleExpiry(entry.expiresAt);
    startRuns();
  }

  const isKnown = (id: string): boolean =>
    running.has(id) || resumed.has(id) || waiting.position(id) !== undefined;

  return {
    async reserve(client, maxWaitingOfClient = maxWaitingPerClient) {
      const account = accountOf(client);
      if (waiting.sizeOf(account) + (reserved.get(account) ?? 0) >= maxWaitingOfClient) {
        throw queueFull(
          `You have reached your limit of waiting swaps, ${maxWaitingOfClient}.`,
          queueFullRetryAfterSeconds,
        );
      }
      if (waiting.size + totalReserved >= maxWaiting) {
        throw queueFull('The queue is full.', queueFullRetryAfterSeconds);
      }
      reserve(account, 1);
      return {
        async fill(entry) {
          reserve(account, -1);
          // An operator may have put it back already.
          if (!isKnown(entry.id)) add(entry, false);
        },
        async release() {
          reserve(account, -1);
        },
      };
    },
    async restore(entry, isFirst, needsSlot = true) {
      if (isKnown(entry.id)) return;
      if (!needsSlot) {
        resumed.set(entry.id, entry);
        startRuns();
        return;
      }
      add(isFirst ? { ...entry, expiresAt: Number.POSITIVE_INFINITY } : entry, isFirst);
    },
    async missing(ids) {
      return ids.filter((id) => !isKnown(id));
    },
    async withdraw(id) {
      const wasWaiting = waiting.remove(id) !== undefined;
      if (wasWaiting) positionChanges.notify();
      return wasWaiting;
    },
    async position(id) {
      return waiting.position(id) ?? null;
    },
    next: async (limit) => waiting.next(limit),
    onPositionsChanged: positionChanges.listen,
    async counts() {
      return {
        waiting: waiting.size,
        running: running.size - unresolved.size,
        unresolved: unresolved.size + resumed.size,
      };
    },
    pausedMs: async () => pauses.pausedMs(),
    pauses: async () => pauses.list(),
    async pause(pause) {
      await pauses.pause(pause);
      startRuns();
    },
    async resume(reasons = pauseReasons) {
      const ended = await pauses.resume(reasons);
      startRuns();
      return ended;
    },
    async occupy(count, forMs) {
      occupied = { slots: count, until: clock.monotonic() + forMs };
      startRuns();
    },
    start(newWork) {
      work = newWork;
      work.gate?.onRoom(startRuns);
      scheduleExpiry(waiting.nextExpiry());
      startRuns();
    },
    async close() {
      closing.abort();
      positionChanges.close();
      await waitAtMost(clock, closeGraceMs, Promise.all(running.values()));
    },
  };
}

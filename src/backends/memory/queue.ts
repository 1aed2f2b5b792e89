import type { Clock } from '../../lib/clock.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { queueFull } from '../../swap/errors.js';
import type { QueueEntry, QueueWork, RunOutcome, SwapLog, SwapQueue } from '../../swap/ports.js';
import type { RunSlot } from '../../swap/run-slot.js';
import { createPositionChanges } from '../position-changes.js';
import { createRoundRobinQueue } from './round-robin-queue.js';

export interface MemoryQueueOptions {
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  /** How many swaps may be at ModelsLab at one time. */
  slots: number;
  maxWaiting: number;
  maxWaitingPerClient: number;
  /** How long closing waits for runs; milliseconds. */
  closeGraceMs?: number;
}

/** After a run that threw (the store failed, most likely) the queue pauses so long before it hands out again. */
const pauseAfterErrorMs = 1000;
/** A submission under way is worth waiting for; what it leaves undone at a kill is waited for by the next process. */
const defaultCloseGraceMs = 5000;
const queueFullRetryAfterSeconds = 5;

/** The queue of a single process, in memory: at start it is filled anew from the swapIndex's open swaps. */
export function createMemoryQueue({
  clock,
  log,
  report,
  slots,
  maxWaiting,
  maxWaitingPerClient,
  closeGraceMs = defaultCloseGraceMs,
}: MemoryQueueOptions): SwapQueue {
  const line = createRoundRobinQueue();
  const reserved = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  /** Runs without a slot: it is unknown whether ModelsLab has their swaps. */
  const unresolved = new Set<string>();
  /** Swaps to run without a slot once the queue starts. */
  const resumed = new Map<string, QueueEntry>();
  const moves = createPositionChanges(clock, report);
  const closing = new AbortController();
  let work: QueueWork | undefined;
  let reservedInAll = 0;
  /** On the monotonic clock. */
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let isPauseAwaited = false;
  let expiryTimer: { at: number; cancel: AbortController } | undefined;

  function reserve(client: string, change: 1 | -1): void {
    const count = (reserved.get(client) ?? 0) + change;
    if (count === 0) reserved.delete(client);
    else reserved.set(client, count);
    reservedInAll += change;
  }

  function handOut(): void {
    if (!work || closing.signal.aborted) return;
    for (const entry of resumed.values()) {
      resumed.delete(entry.id);
      unresolved.add(entry.id);
      begin(work, entry);
    }
    if (clock.monotonic() < pausedUntil) {
      awaitPause();
      return;
    }
    while (running.size - unresolved.size < slots && (work.gate?.room() ?? slots) > 0) {
      const entry = line.shift();
      if (!entry) return;
      begin(work, entry);
      moves.notify();
    }
  }

  function begin(work: QueueWork, entry: QueueEntry): void {
    // Counted before it runs, since it may release its slot immediately.
    running.set(entry.id, Promise.resolve());
    running.set(entry.id, run(work, entry));
  }

  const slotOf = ({ id }: QueueEntry): RunSlot => ({
    isHeld: async () => true,
    async release() {
      if (running.has(id)) unresolved.add(id);
      handOut();
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
      log.error({ swap: entry.id, err: error }, 'run of a swap broke off; it is taken up again');
      if (unresolved.has(entry.id)) {
        await clock.sleep(pauseAfterErrorMs, closing.signal);
        if (!closing.signal.aborted) return run(work, entry);
      }
      outcome = { kind: 'requeue', afterMs: pauseAfterErrorMs, pauses: 'instance' };
    }
    running.delete(entry.id);
    unresolved.delete(entry.id);
    if (outcome.kind === 'requeue') {
      line.pushFirst(entry);
      pausedUntil = Math.max(pausedUntil, clock.monotonic() + outcome.afterMs);
      watchExpiry(entry.expiresAt);
      moves.notify();
    }
    // An error of the next swap must not affect this one, which has ended.
    contain(report, 'queue', handOut);
  }

  function awaitPause(): void {
    if (isPauseAwaited) return;
    isPauseAwaited = true;
    contain(report, 'queue', async () => {
      await clock.sleep(pausedUntil - clock.monotonic(), closing.signal);
      isPauseAwaited = false;
      handOut();
    });
  }

  /** Looks at expiry at this time, unless it does so before. Who has left meanwhile is not waited for, but found out then. */
  function watchExpiry(at: number | undefined): void {
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
    for (const entry of line.removeExpired(clock.now())) {
      work?.expire(entry.id).catch((error: unknown) => {
        log.error({ swap: entry.id, err: error }, 'expiry of a queued swap failed; it is tried again');
        const again = { ...entry, expiresAt: clock.now() + pauseAfterErrorMs };
        line.pushFirst(again);
        watchExpiry(again.expiresAt);
      });
      moves.notify();
    }
    watchExpiry(line.nextExpiry());
  }

  function add(entry: QueueEntry, isFirst: boolean): void {
    if (isFirst) line.pushFirst(entry);
    else line.push(entry);
    watchExpiry(entry.expiresAt);
    handOut();
  }

  const isHere = (id: string): boolean =>
    running.has(id) || resumed.has(id) || line.position(id) !== undefined;

  return {
    async reserve(client) {
      if (line.sizeOf(client) + (reserved.get(client) ?? 0) >= maxWaitingPerClient) {
        throw queueFull(
          `You have ${maxWaitingPerClient} swaps waiting, as many as a client may have.`,
          queueFullRetryAfterSeconds,
        );
      }
      if (line.size + reservedInAll >= maxWaiting) {
        throw queueFull('The gateway has as many swaps waiting as it takes.', queueFullRetryAfterSeconds);
      }
      reserve(client, 1);
      return {
        async fill(entry) {
          reserve(client, -1);
          add(entry, false);
        },
        async release() {
          reserve(client, -1);
        },
      };
    },
    async restore(entry, isFirst, needsSlot = true) {
      if (isHere(entry.id)) return;
      if (!needsSlot) {
        resumed.set(entry.id, entry);
        handOut();
        return;
      }
      add(isFirst ? { ...entry, expiresAt: Number.POSITIVE_INFINITY } : entry, isFirst);
    },
    async missing(ids) {
      return ids.filter((id) => !isHere(id));
    },
    async withdraw(id) {
      const wasWaiting = line.remove(id) !== undefined;
      if (wasWaiting) moves.notify();
      return wasWaiting;
    },
    async position(id) {
      return line.position(id) ?? null;
    },
    onPositionsChanged: moves.listen,
    async counts() {
      return {
        waiting: line.size,
        running: running.size - unresolved.size,
        unresolved: unresolved.size + resumed.size,
      };
    },
    start(newWork) {
      work = newWork;
      work.gate?.onRoom(handOut);
      watchExpiry(line.nextExpiry());
      handOut();
    },
    async close() {
      closing.abort();
      moves.close();
      await Promise.race([Promise.all(running.values()), clock.sleep(closeGraceMs)]);
    },
  };
}

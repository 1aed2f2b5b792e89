import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { repeat } from '../../lib/repeat.js';
import { waitAtMost } from '../../lib/wait-at-most.js';
import type { PauseScope, QueueEntry, QueueWork, RunOutcome, SwapLog } from '../../swap/ports.js';
import type { PauseReason } from '../../swap/queue-pause.js';
import type { RunSlot } from '../../swap/run-slot.js';
import { createPauseLog } from '../pause-log.js';
import type { RedisConnection } from './connection.js';
import { queueScripts } from './scripts.js';

export interface RunTimes {
  /** Interval at which leases are renewed, and stalled runs and ended pauses are noticed, milliseconds. */
  heartbeatMs: number;
  /**
   * A run whose lease was not renewed for this long, while Redis was reachable, is stalled: another instance takes it over.
   * Milliseconds.
   */
  leaseMs: number;
}

export interface RedisRunsOptions {
  redis: RedisConnection;
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  slots: number;
  ttlMs: number;
  /** How long `close` waits for runs, milliseconds. */
  closeGraceMs?: number;
  times?: RunTimes;
  /** This instance's settings, passed to `onSettings` of the others. */
  settings?: string;
  /** Called with the settings of live instances that differ. */
  onSettings?(others: readonly string[]): void;
}

/** The runs of one instance, taken from the shared queue. */
export interface RedisRuns {
  start(work: QueueWork): void;
  /** Sends a heartbeat soon, which also requests work. */
  heartbeat(): void;
  /** Sends a heartbeat after an entry was added. Notifies the other instances if this one may not take the swap. */
  added(): void;
  close(): Promise<void>;
}

interface Run {
  token: string;
  abort: AbortController;
  done: Promise<void>;
}

const defaultTimes: RunTimes = { heartbeatMs: 1000, leaseMs: 5000 };
/** Outcome of a run. `failed`: it threw, and is retried in the slot that it holds. */
type Outcome = RunOutcome | { kind: 'failed' };

const retryAfterErrorMs = 1000;
/** Shutdown waits for submissions in flight; other instances take over the runs that it cuts off. */
const defaultCloseGraceMs = 5000;
const lastHeartbeatMs = 1000;
/** How long the settings of an instance count after its last heartbeat. */
const memberMs = 15_000;

export function createRedisRuns(options: RedisRunsOptions): RedisRuns {
  const { redis, clock, log, report, slots, ttlMs, times = defaultTimes, onSettings } = options;
  const instance = randomUUID();
  const settings = options.settings ?? JSON.stringify({ slots });
  const { closeGraceMs = defaultCloseGraceMs } = options;
  const runs = new Map<string, Run>();
  /** Outcomes of runs, by token, until a heartbeat has reported them. */
  const outcomes = new Map<string, { id: string; outcome: Outcome }>();
  const pauseLog = createPauseLog(log);
  /** While the account has no credits: swaps that ModelsLab has accepted since the last heartbeat. */
  const accepted = new Set<string>();
  let lacksCredits = false;
  const closing = new AbortController();
  const closed = new AbortController();
  let work: QueueWork | undefined;
  let sending: Promise<void> | undefined;
  let isHeartbeatDue = false;
  let isFailing = false;
  /** While this instance cannot reach ModelsLab, it takes no swaps before this time, on the monotonic clock. */
  let pausedUntil = 0;

  /** How many more swaps this instance may take. */
  const room = (): number =>
    clock.monotonic() < pausedUntil ? 0 : Math.min(work?.gate?.room() ?? slots, slots);
  const isCutOff = (): boolean => room() < slots;

  function pause(ms: number): void {
    pausedUntil = Math.max(pausedUntil, clock.monotonic() + ms);
    void clock.sleep(ms, closing.signal).then(heartbeat);
  }

  /** Notifies other instances, which would otherwise notice new work only on their next heartbeat. */
  function notifyOthers(): void {
    redis
      .orUnavailable((client) => client.publish(`${redis.prefix}queue:changes`, 'left'))
      .catch(() => undefined);
  }

  async function sendHeartbeat(): Promise<void> {
    const reported = [...outcomes];
    const tokensOf = (kind: Outcome['kind']) =>
      reported.filter(([, { outcome }]) => outcome.kind === kind).map(([token, { id }]) => [id, token]);
    const message = {
      ...times,
      stepMs: times.heartbeatMs,
      instance,
      settings,
      memberMs,
      slots,
      room: room(),
      isCutOff: isCutOff(),
      isOpen: work !== undefined && !closing.signal.aborted,
      runs: [...runs].flatMap(([id, { token, abort }]) => (abort.signal.aborted ? [] : [[id, token]])),
      finished: tokensOf('finished'),
      interrupted: tokensOf('interrupted'),
      failed: tokensOf('failed'),
      requeued: reported.flatMap(([token, { id, outcome }]) =>
        outcome.kind === 'requeue'
          ? [[id, token, pauseMs(outcome, 'account'), pauseMs(outcome, 'credits')]]
          : [],
      ),
      accepted: [...accepted],
    };
    // If the response were abandoned, assigned swaps would lie idle until their leases expire.
    const [lost, assigned, expired, endsInMs, others, reasons] = (await redis.runUntilAnswered(
      queueScripts.heartbeat,
      JSON.stringify(message),
      ttlMs,
    )) as [string[], string[], string[], number, string[], PauseReason[]];
    onSettings?.(others);
    pauseLog.update(reasons);
    lacksCredits = reasons.includes('ACCOUNT_CREDITS');
    for (const id of message.accepted) accepted.delete(id);
    for (const [token] of reported) outcomes.delete(token);
    if (reported.length > 0 && message.isCutOff) notifyOthers();
    for (const id of lost) {
      log.warn({ swap: id }, 'another instance has taken over this swap; aborting the run here');
      runs.get(id)?.abort.abort();
    }
    for (let n = 0; n < assigned.length; n += 3) take(String(assigned[n]), String(assigned[n + 1]));
    for (let n = 0; n < expired.length; n += 2)
      contain(report, 'queue', () => expire(readEntry(String(expired[n]), String(expired[n + 1]))));
    if (endsInMs > 0 && endsInMs < times.heartbeatMs)
      contain(report, 'queue', () => clock.sleep(endsInMs, closing.signal).then(heartbeat));
  }

  function take(id: string, token: string): void {
    // Its previous run here is aborted but not over; the new lease expires, and the swap is assigned again.
    if (!work || runs.has(id)) return;
    if (closing.signal.aborted) {
      outcomes.set(token, { id, outcome: { kind: 'interrupted' } });
      return;
    }
    const abort = new AbortController();
    const run: Run = { token, abort, done: Promise.resolve() };
    runs.set(id, run);
    run.done = perform(work, id, run);
  }

  async function perform(work: QueueWork, id: string, run: Run): Promise<void> {
    let outcome: Outcome;
    try {
      const signal = AbortSignal.any([run.abort.signal, closing.signal]);
      outcome = await work.run(id, signal, slotOf(id, run.token));
    } catch (error) {
      log.error({ swap: id, err: error }, 'run of a swap failed; retrying it');
      outcome = { kind: 'failed' };
    }
    runs.delete(id);
    outcomes.set(run.token, { id, outcome });
    if (outcome.kind === 'requeue' && outcome.pauses === 'instance') pause(outcome.afterMs);
    heartbeat();
  }

  const holds = async (id: string, token: string): Promise<boolean> =>
    (await redis.orUnavailable((client) => client.hGet(`${redis.prefix}queue:running`, id))) === token;

  const slotOf = (id: string, token: string): RunSlot => ({
    isHeld: () => holds(id, token),
    accepted() {
      if (!lacksCredits) return;
      accepted.add(id);
      heartbeat();
    },
    async release() {
      await redis.run(queueScripts.count, id, token, 1);
      heartbeat();
    },
    async reclaim() {
      await redis.run(queueScripts.count, id, token, 0);
    },
  });

  async function expire(entry: QueueEntry): Promise<void> {
    try {
      await work?.expire(entry.id);
    } catch (error) {
      log.error({ swap: entry.id, err: error }, 'expiry of a queued swap failed; retrying');
      const soon = Math.round(clock.now() + retryAfterErrorMs);
      // If this fails too, the next reconciliation finds the swap open and in no queue.
      await redis
        .run(queueScripts.add, entry.client, '', entry.id, soon, 0, ttlMs, entry.client)
        .catch(() => undefined);
    }
  }

  /** Heartbeats never overlap; a request during one schedules exactly one more. */
  function heartbeat(): void {
    isHeartbeatDue = true;
    if (!closed.signal.aborted) sending ??= sendWhileDue();
  }

  async function sendWhileDue(): Promise<void> {
    try {
      while (isHeartbeatDue) {
        isHeartbeatDue = false;
        await sendHeartbeat();
      }
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'heartbeat failed: the queue waits for Redis');
      isFailing = true;
    } finally {
      sending = undefined;
    }
  }

  /** Hands unfinished runs to other instances now, rather than when their leases expire. */
  async function sendLastHeartbeat(): Promise<void> {
    await sending;
    heartbeat();
    await sending;
  }

  return {
    start(newWork) {
      work = newWork;
      work.gate?.onRoom(heartbeat);
      repeat(
        async () => {
          heartbeat();
          return times.heartbeatMs;
        },
        {
          clock,
          signal: closed.signal,
          retryMs: times.heartbeatMs,
          onError: (error) => report('queue', error),
        },
      );
    },
    heartbeat,
    added() {
      heartbeat();
      if (isCutOff()) notifyOthers();
    },
    async close() {
      closing.abort();
      const allDone = Promise.all([...runs.values()].map(({ done }) => done));
      await waitAtMost(clock, closeGraceMs, allDone);
      await waitAtMost(clock, lastHeartbeatMs, sendLastHeartbeat());
      closed.abort();
    },
  };
}

/** How long all instances must pause for that scope, milliseconds; 0 if the outcome has another one. */
function pauseMs({ afterMs, pauses }: RunOutcome & { kind: 'requeue' }, scope: PauseScope): number {
  return pauses === scope ? Math.max(Math.ceil(afterMs), 1) : 0;
}

/** Parses an entry as the queue stores it. */
export function readEntry(id: string, text: string): QueueEntry {
  const at = text.indexOf(' ');
  return { id, client: text.slice(at + 1), expiresAt: Number(text.slice(0, at)) };
}

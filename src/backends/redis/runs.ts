import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.js';
import { contain, type FaultReporter } from '../../lib/contain.js';
import { repeat } from '../../lib/repeat.js';
import type { QueueEntry, QueueWork, RunOutcome, SwapLog } from '../../swap/ports.js';
import type { RunSlot } from '../../swap/run-slot.js';
import type { RedisConnection } from './connection.js';
import { queueScripts } from './scripts.js';

export interface RunTimes {
  /** Leases are renewed, and dead runners and ended pauses noticed, at this pace; milliseconds. */
  heartbeatMs: number;
  /** What is not renewed for so long, while Redis could be reached, is run by another instance; milliseconds. */
  leaseMs: number;
}

export interface RedisRunsOptions {
  redis: RedisConnection;
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  slots: number;
  ttlMs: number;
  /** How long closing waits for runs; milliseconds. */
  closeGraceMs?: number;
  times?: RunTimes;
  /** This instance's settings, passed to `onSettings` of the others. */
  settings?: string;
  /** Called with the settings of live instances that differ. */
  onSettings?(others: readonly string[]): void;
}

/** What one instance runs of the queue of all. */
export interface RedisRuns {
  start(work: QueueWork): void;
  /** Takes what there is to run, soon. */
  heartbeat(): void;
  /** The same after an entry was added; another instance is notified if this one may not take it. */
  added(): void;
  close(): Promise<void>;
}

interface Run {
  token: string;
  abort: AbortController;
  done: Promise<void>;
}

const defaultTimes: RunTimes = { heartbeatMs: 1000, leaseMs: 5000 };
/** What became of a run, or `broken`: it threw, and is to be run again in the slot that it has. */
type Outcome = RunOutcome | { kind: 'broken' };

const retryAfterErrorMs = 1000;
/** A submission under way is worth waiting for; what it leaves undone is taken up by another instance. */
const defaultCloseGraceMs = 5000;
const farewellMs = 1000;
/** How long the settings of an instance count after its last heartbeat. */
const memberMs = 15_000;

export function createRedisRuns(options: RedisRunsOptions): RedisRuns {
  const { redis, clock, log, report, slots, ttlMs, times = defaultTimes, onSettings } = options;
  const instance = randomUUID();
  const settings = options.settings ?? JSON.stringify({ slots });
  const { closeGraceMs = defaultCloseGraceMs } = options;
  const runs = new Map<string, Run>();
  /** What became of runs, by token, until Redis has been told. */
  const outcomes = new Map<string, { id: string; outcome: Outcome }>();
  const closing = new AbortController();
  const closed = new AbortController();
  let work: QueueWork | undefined;
  let beating: Promise<void> | undefined;
  let isBeatDue = false;
  let isHeldUp = false;
  /** This instance could not reach ModelsLab; it takes nothing before this time on the monotonic clock. */
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
  function callOthers(): void {
    redis
      .orUnavailable((client) => client.publish(`${redis.prefix}queue:changes`, 'left'))
      .catch(() => undefined);
  }

  async function tellAndTake(): Promise<void> {
    const told = [...outcomes];
    const tokensOf = (kind: Outcome['kind']) =>
      told.filter(([, { outcome }]) => outcome.kind === kind).map(([token, { id }]) => [id, token]);
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
      ended: tokensOf('finished'),
      left: tokensOf('interrupted'),
      broken: tokensOf('broken'),
      again: told.flatMap(([token, { id, outcome }]) =>
        outcome.kind === 'requeue' ? [[id, token, accountPauseMs(outcome)]] : [],
      ),
    };
    // Were the answer given up, what was handed out would lie idle until its lease has ended.
    const [lost, handed, expired, pauseMs, others] = (await redis.runUntilAnswered(
      queueScripts.heartbeat,
      JSON.stringify(message),
      ttlMs,
    )) as [string[], string[], string[], number, string[]];
    onSettings?.(others);
    for (const [token] of told) outcomes.delete(token);
    if (told.length > 0 && message.isCutOff) callOthers();
    for (const id of lost) {
      log.warn({ swap: id }, 'another instance runs this swap by now; left to it');
      runs.get(id)?.abort.abort();
    }
    for (let n = 0; n < handed.length; n += 3) take(String(handed[n]), String(handed[n + 1]));
    for (let n = 0; n < expired.length; n += 2)
      contain(report, 'queue', () => expire(readEntry(String(expired[n]), String(expired[n + 1]))));
    if (pauseMs > 0 && pauseMs < times.heartbeatMs)
      contain(report, 'queue', () => clock.sleep(pauseMs, closing.signal).then(heartbeat));
  }

  function take(id: string, token: string): void {
    // Its last run here was given up and has not ended yet; the new one lapses, and is handed out again.
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
      log.error({ swap: id, err: error }, 'run of a swap broke off; it is taken up again');
      outcome = { kind: 'broken' };
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
      log.error({ swap: entry.id, err: error }, 'expiry of a queued swap failed; it is tried again');
      const soon = Math.round(clock.now() + retryAfterErrorMs);
      // If this fails too, the swap is found open and in no queue by the next restoration.
      await redis.run(queueScripts.add, entry.client, '', entry.id, soon, 0, ttlMs).catch(() => undefined);
    }
  }

  /** One beat at a time; what comes up meanwhile is seen to by one more. */
  function heartbeat(): void {
    isBeatDue = true;
    if (!closed.signal.aborted) beating ??= beatWhileDue();
  }

  async function beatWhileDue(): Promise<void> {
    try {
      while (isBeatDue) {
        isBeatDue = false;
        await tellAndTake();
      }
      isHeldUp = false;
    } catch (error) {
      if (!isHeldUp) log.warn({ err: error }, 'the queue is held up by Redis');
      isHeldUp = true;
    } finally {
      beating = undefined;
    }
  }

  /** What is left goes to another instance now, instead of when its lease has ended. */
  async function tellLast(): Promise<void> {
    await beating;
    heartbeat();
    await beating;
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
      if (isCutOff()) callOthers();
    },
    async close() {
      closing.abort();
      const left = Promise.all([...runs.values()].map(({ done }) => done));
      await Promise.race([left, clock.sleep(closeGraceMs)]);
      await Promise.race([tellLast(), clock.sleep(farewellMs)]);
      closed.abort();
    },
  };
}

/** How long all instances must pause, milliseconds; 0 if only this one is affected. */
function accountPauseMs({ afterMs, pauses }: RunOutcome & { kind: 'requeue' }): number {
  return pauses === 'account' ? Math.max(Math.ceil(afterMs), 1) : 0;
}

/** An entry as the queue keeps it. */
function readEntry(id: string, text: string): QueueEntry {
  const at = text.indexOf(' ');
  return { id, client: text.slice(at + 1), expiresAt: Number(text.slice(0, at)) };
}

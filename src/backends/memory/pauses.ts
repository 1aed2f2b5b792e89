import type { Clock } from '../../lib/clock.js';
import type { PauseScope, SwapLog } from '../../swap/ports.js';
import {
  creditsPauseMs,
  type OperatorPause,
  type PauseReason,
  pauseReasons,
  type QueuePause,
} from '../../swap/queue-pause.js';
import { createPauseLog } from '../pause-log.js';

/** Keeps an operator's pause across restarts. */
export interface OperatorPauseStore {
  read(): OperatorPause | undefined;
  write(pause: OperatorPause | undefined): Promise<void>;
}

/** The pauses of a queue in memory. */
export interface MemoryPauses {
  /** How many swaps may be started now. */
  room(): number;
  /** Milliseconds until `room` may have changed by itself; undefined: not before another call. */
  waitMs(): number | undefined;
  /** How long nothing is started, milliseconds; Infinity: until an operator resumes. */
  pausedMs(): number;
  list(): QueuePause[];
  /** Whether this process could not submit just now. */
  isLocal(): boolean;
  /** ModelsLab did not accept the swap of a run, or this process could not submit it. */
  begin(scope: PauseScope, ms: number): void;
  /** A swap has been started. */
  started(id: string): void;
  accepted(id: string): void;
  /** The run of a swap is over, or no longer holds its slot. */
  left(id: string): void;
  pause(pause: OperatorPause): Promise<void>;
  resume(reasons: readonly PauseReason[]): Promise<PauseReason[]>;
}

/** Without credits, from the first refusal to the first submission that ModelsLab accepts. Times are monotonic. */
interface CreditsPause {
  since: number;
  nextAt: number;
  /** The swap that is being tried. */
  trying?: string;
}

/** Keeps an operator's pause for as long as the process runs. */
export function createVolatilePauseStore(): OperatorPauseStore {
  let stored: OperatorPause | undefined;
  return {
    read: () => stored,
    async write(pause) {
      stored = pause;
    },
  };
}

export function createMemoryPauses(clock: Clock, log: SwapLog, store: OperatorPauseStore): MemoryPauses {
  const pauseLog = createPauseLog(log);
  let operator = store.read();
  let credits: CreditsPause | undefined;
  /** On the monotonic clock. `local`: this process could not submit. */
  let busyUntil = Number.NEGATIVE_INFINITY;
  let localUntil = Number.NEGATIVE_INFINITY;

  const operatorMs = (): number => {
    if (!operator) return 0;
    return operator.until === undefined ? Number.POSITIVE_INFINITY : operator.until - clock.now();
  };
  const pausedMs = (): number => {
    const now = clock.monotonic();
    return Math.max(operatorMs(), busyUntil - now, localUntil - now, (credits?.nextAt ?? now) - now, 0);
  };
  const wallTime = (monotonic: number): number => Math.round(clock.now() + monotonic - clock.monotonic());

  function list(): QueuePause[] {
    const now = clock.monotonic();
    const pauses: QueuePause[] = [];
    if (operator && operatorMs() > 0) pauses.push({ reason: 'OPERATOR', ...operator });
    if (credits) {
      const { since, nextAt } = credits;
      const until = nextAt > now ? { until: wallTime(nextAt) } : {};
      pauses.push({ reason: 'ACCOUNT_CREDITS', since: wallTime(since), ...until });
    }
    if (busyUntil > now) pauses.push({ reason: 'UPSTREAM_BUSY', until: wallTime(busyUntil) });
    return pauses;
  }
  const note = (): void => pauseLog.update(list().map(({ reason }) => reason));

  note();
  return {
    room() {
      note();
      if (pausedMs() > 0) return 0;
      if (!credits) return Number.POSITIVE_INFINITY;
      return credits.trying === undefined ? 1 : 0;
    },
    waitMs() {
      note();
      const ms = pausedMs();
      return ms > 0 && Number.isFinite(ms) ? ms : undefined;
    },
    pausedMs,
    list,
    isLocal: () => localUntil > clock.monotonic(),
    begin(scope, ms) {
      const now = clock.monotonic();
      if (scope === 'instance') localUntil = Math.max(localUntil, now + ms);
      if (scope === 'account') busyUntil = Math.max(busyUntil, now + ms);
      if (scope === 'credits') {
        const { since = now, nextAt = now } = credits ?? {};
        credits = { since, nextAt: Math.max(nextAt, now + creditsPauseMs(now - since, ms)) };
      }
      note();
    },
    started(id) {
      if (credits) credits.trying = id;
    },
    accepted(id) {
      if (credits?.trying === id) credits = undefined;
      note();
    },
    left(id) {
      if (credits?.trying === id) delete credits.trying;
    },
    async pause(pause) {
      await store.write(pause);
      operator = pause;
      note();
    },
    async resume(reasons) {
      const ended = pauseReasons.filter(
        (reason) => reasons.includes(reason) && list().some((pause) => pause.reason === reason),
      );
      if (reasons.includes('OPERATOR')) {
        await store.write(undefined);
        operator = undefined;
      }
      if (reasons.includes('ACCOUNT_CREDITS')) credits = undefined;
      if (reasons.includes('UPSTREAM_BUSY')) busyUntil = Number.NEGATIVE_INFINITY;
      note();
      return ended;
    },
  };
}

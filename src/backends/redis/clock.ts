import type { Clock } from '../../lib/clock.js';
import { repeat } from '../../lib/repeat.js';
import type { RedisConnection } from './connection.js';

export interface RedisClock extends Clock {
  /** Resolves once Redis's time is known. */
  synced(): Promise<void>;
  close(): void;
}

export interface RedisClockOptions {
  redis: RedisConnection;
  /** Provides `sleep`, and the time until Redis's time is known. */
  base: Clock;
  /** A monotonic clock, milliseconds. */
  monotonicNow?(): number;
}

const syncIntervalMs = 10_000;
/** Larger backward steps are followed: Redis was replaced, or its clock was set. */
const maxStallMs = 5000;

/**
 * Redis's clock, so that deadlines mean the same on all instances, whatever their own clocks say. Synced on each connection and
 * every ten seconds, and advanced by the process's monotonic clock in between. After a small backward step it
 * does not advance until Redis has caught up.
 */
export function createRedisClock({
  redis,
  base,
  monotonicNow = base.monotonic,
}: RedisClockOptions): RedisClock {
  const closing = new AbortController();
  /** Redis's time minus `monotonicNow`. */
  let offsetMs: number | undefined;
  let lastMs = 0;
  let onSynced: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => {
    onSynced = resolve;
  });

  async function sync(): Promise<void> {
    const sentAt = monotonicNow();
    const [seconds, micros] = (await redis.orUnavailable((client) =>
      client.sendCommand(['TIME']),
    )) as unknown as [string, string];
    const halfway = (sentAt + monotonicNow()) / 2;
    offsetMs = Number(seconds) * 1000 + Number(micros) / 1000 - halfway;
    onSynced();
  }

  redis.onReady(() => void sync().catch(() => undefined));
  repeat(() => sync().then(() => syncIntervalMs), {
    clock: base,
    signal: closing.signal,
    startAfterMs: syncIntervalMs,
    retryMs: syncIntervalMs,
    // Without a connection the clock keeps running; the next connection syncs it.
    onError: () => undefined,
  });

  return {
    now() {
      if (offsetMs === undefined) return base.now();
      const nowMs = Math.floor(monotonicNow() + offsetMs);
      if (nowMs > lastMs || lastMs - nowMs > maxStallMs) lastMs = nowMs;
      return lastMs;
    },
    monotonic: monotonicNow,
    sleep: base.sleep,
    synced: () => synced,
    close: () => closing.abort(),
  };
}

import type { Clock } from '../swap/ports.js';
import type { RedisConnection } from './redis-connection.js';

export interface RedisClock extends Clock {
  /** Resolves when the time of Redis is known. */
  synced(): Promise<void>;
  close(): void;
}

export interface RedisClockOptions {
  redis: RedisConnection;
  /** Sleeps, and tells the time until Redis has. */
  base: Clock;
  /** Milliseconds that pass whatever happens to the time of day. */
  monotonicNow?(): number;
}

const syncIntervalMs = 10_000;
/** A larger step back is followed: Redis was exchanged, or its clock was set. */
const maxStallMs = 5000;

/**
 * The time of Redis, so that deadlines mean the same to all instances, whatever their own clocks say. Asked for with each
 * connection and every ten seconds; in between it goes on by the process's monotonic clock. Small steps back are not
 * followed: it stands still until they are made up for.
 */
export function createRedisClock({
  redis,
  base,
  monotonicNow = base.monotonic,
}: RedisClockOptions): RedisClock {
  const closing = new AbortController();
  /** Time of Redis minus `monotonicNow`. */
  let offsetMs: number | undefined;
  let lastMs = 0;
  let onSynced: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => {
    onSynced = resolve;
  });

  async function sync(): Promise<void> {
    const sentAt = monotonicNow();
    const [seconds, micros] = (await redis.reach((client) => client.sendCommand(['TIME']))) as unknown as [
      string,
      string,
    ];
    const halfway = (sentAt + monotonicNow()) / 2;
    offsetMs = Number(seconds) * 1000 + Number(micros) / 1000 - halfway;
    onSynced();
  }

  async function keepSyncing(): Promise<void> {
    while (!closing.signal.aborted) {
      await base.sleep(syncIntervalMs, closing.signal);
      // Without a connection it goes on as it is; the next one syncs it.
      if (!closing.signal.aborted) await sync().catch(() => undefined);
    }
  }

  redis.onReady(() => void sync().catch(() => undefined));
  void keepSyncing();

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

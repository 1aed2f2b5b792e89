import { LRUCache } from 'lru-cache';

/**
 * Circuit breaker per receiver, keyed by client and host: a client's broken endpoint does not pause other clients' endpoints
 * on the same host.
 */
export interface ReceiverBreaker {
  /**
   * Call it before each attempt. While the receiver is paused, returns when to retry, milliseconds since the epoch.
   * After the pause one attempt is let through as a probe, whose outcome must be passed to `record`.
   * @returns undefined if the attempt may be made
   */
  pausedUntil(receiver: string): number | undefined;
  /** @param outcome `unknown`: the attempt was aborted and says nothing about the receiver */
  record(receiver: string, outcome: 'ok' | 'failed' | 'unknown'): void;
  /** Lets one attempt through at once. */
  allowProbe(receiver: string): void;
}

export interface ReceiverBreakerOptions {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Consecutive failures before the first pause. */
  breakAfter?: number;
  /** Length of the first pause, milliseconds; doubled after each failed probe. */
  pauseMs?: number;
  maxPauseMs?: number;
  /** How long other attempts wait for the outcome of a probe. */
  probeMs?: number;
}

interface Receiver {
  failures: number;
  pauses: number;
  pausedUntil: number;
  isProbing: boolean;
}

/** LRU limit; an evicted receiver is treated as new. */
const maxReceivers = 10_000;

export function createReceiverBreaker(options: ReceiverBreakerOptions): ReceiverBreaker {
  const { now, breakAfter = 5, pauseMs = 30_000, maxPauseMs = 300_000, probeMs = 15_000 } = options;
  /** Only receivers whose last attempt failed. */
  const failing = new LRUCache<string, Receiver>({ max: maxReceivers });

  const fail = (name: string): void => {
    const receiver = failing.get(name) ?? { failures: 0, pauses: 0, pausedUntil: 0, isProbing: false };
    failing.set(name, receiver);
    receiver.failures += 1;
    receiver.isProbing = false;
    // Attempts in flight when the pause began carry no new information.
    if (receiver.failures < breakAfter || now() < receiver.pausedUntil) return;
    receiver.pausedUntil = now() + Math.min(pauseMs * 2 ** receiver.pauses, maxPauseMs);
    receiver.pauses += 1;
  };

  return {
    pausedUntil(name) {
      const receiver = failing.get(name);
      if (!receiver || receiver.failures < breakAfter) return undefined;
      if (now() < receiver.pausedUntil) return receiver.pausedUntil;
      if (receiver.isProbing) return now() + probeMs;
      receiver.isProbing = true;
      return undefined;
    },
    record(name, outcome) {
      if (outcome === 'failed') fail(name);
      else if (outcome === 'ok') failing.delete(name);
      else {
        const receiver = failing.get(name);
        if (receiver) receiver.isProbing = false;
      }
    },
    allowProbe(name) {
      const receiver = failing.get(name);
      if (receiver) receiver.pausedUntil = 0;
    },
  };
}

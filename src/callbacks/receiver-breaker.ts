import { LRUCache } from 'lru-cache';

/**
 * Keeps calls from receivers that failed repeatedly. Counted by client and host together: a client's broken endpoint at a
 * host that others use too pauses none of theirs.
 */
export interface ReceiverBreaker {
  /**
   * Asks before a call. While the receiver is paused it is told when to come back, milliseconds since the epoch; after the
   * pause one call is let through as a probe, of which `record` must be told.
   * @returns undefined: call
   */
  pausedUntil(receiver: string): number | undefined;
  /** @param outcome `unknown`: the call was broken off and says nothing of the receiver */
  record(receiver: string, outcome: 'ok' | 'failed' | 'unknown'): void;
  /** Lets one call through at once. */
  allowProbe(receiver: string): void;
}

export interface ReceiverBreakerOptions {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Failures in a row before the first pause. */
  breakAfter?: number;
  /** The first pause; each one after a failed probe is twice as long. Milliseconds. */
  pauseMs?: number;
  maxPauseMs?: number;
  /** How long others wait for the outcome of a probe. */
  probeMs?: number;
}

interface Receiver {
  failures: number;
  pauses: number;
  pausedUntil: number;
  isProbing: boolean;
}

/** Beyond these the longest unused is forgotten, and is called like a new one. */
const maxReceivers = 10_000;

export function createReceiverBreaker(options: ReceiverBreakerOptions): ReceiverBreaker {
  const { now, breakAfter = 5, pauseMs = 30_000, maxPauseMs = 300_000, probeMs = 15_000 } = options;
  /** Only those whose last call failed. */
  const failing = new LRUCache<string, Receiver>({ max: maxReceivers });

  const fail = (name: string): void => {
    const receiver = failing.get(name) ?? { failures: 0, pauses: 0, pausedUntil: 0, isProbing: false };
    failing.set(name, receiver);
    receiver.failures += 1;
    receiver.isProbing = false;
    // Calls that were under way when the pause began say nothing new.
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

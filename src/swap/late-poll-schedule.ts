/** A failed swap to poll for its result. */
export interface DueLatePoll {
  swapId: string;
  /** Polls made so far. */
  attempts: number;
}

/** Durable schedule of polls for late results, with the semantics of `WebhookOutbox`. */
export interface LatePollSchedule {
  /** No effect if the swap is scheduled already. @param dueAt milliseconds since the epoch */
  add(swapId: string, dueAt: number): Promise<void>;
  /** Leases what is due: it is due again after `leaseMs` unless it was postponed or removed. */
  take(now: number, leaseMs: number, limit: number): Promise<DueLatePoll[]>;
  /** No effect if the swap is not scheduled. */
  postpone(swapId: string, attempts: number, dueAt: number): Promise<void>;
  remove(swapId: string): Promise<void>;
  /** When the next one is due, or undefined. */
  nextDueAt(): Promise<number | undefined>;
}

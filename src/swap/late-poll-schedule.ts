/** A failed swap whose result is to be polled for. */
export interface DueLatePoll {
  swapId: string;
  /** How many times it was polled. */
  attempts: number;
}

/** Polls for late results that are still to be made, durably: the same rules as for `CallbackOutbox`. */
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

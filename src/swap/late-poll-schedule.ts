/** A failed swap whose late result is to be polled for. */
export interface DueLatePoll {
  swapId: string;
  /** Polls made so far. */
  attempts: number;
}

/** Durable schedule of polls for late results, with the semantics of `WebhookOutbox`. */
export interface LatePollSchedule {
  /** No effect if the swap is scheduled already. @param dueAt milliseconds since the epoch */
  add(swapId: string, dueAt: number): Promise<void>;
  /** Leases due entries: each is due again after `leaseMs` unless postponed or removed. */
  take(now: number, leaseMs: number, limit: number): Promise<DueLatePoll[]>;
  /** No effect if the swap is not scheduled. */
  postpone(swapId: string, attempts: number, dueAt: number): Promise<void>;
  remove(swapId: string): Promise<void>;
  /** When the next entry is due; undefined if there is none. */
  nextDueAt(): Promise<number | undefined>;
}

/** Durable schedule of swaps whose files are to be copied into the archive; `attempts` counts copies that failed. */
export type ArchiveSchedule = LatePollSchedule;

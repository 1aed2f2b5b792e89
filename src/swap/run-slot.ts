/** The slot of one run. All methods throw UNAVAILABLE when the queue cannot be reached. */
export interface RunSlot {
  /**
   * False: the swap was reassigned to another instance because this one missed its heartbeats. Whatever was durable before
   * `true` was returned is visible to every later run.
   */
  isHeld(): Promise<boolean>;
  /** Releases the slot to another swap. The run continues on this instance but no longer counts. */
  release(): Promise<void>;
  /** Counts the run again, even beyond the limit; no other run starts until the count is below the limit. */
  reclaim(): Promise<void>;
}

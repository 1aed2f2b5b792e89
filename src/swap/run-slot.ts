/** The slot of one run. All methods throw UNAVAILABLE when the queue cannot be reached. */
export interface RunSlot {
  /**
   * False: the swap was reassigned to another instance because this one missed its heartbeats. Whatever was durable before
   * `true` was returned is visible to every later run.
   */
  isHeld(): Promise<boolean>;
  /** Releases the slot to another swap. The run continues on this instance but no longer counts. */
  release(): Promise<void>;
  /** ModelsLab has accepted the submission: ends a pause for lack of credits in which this run was the attempt. */
  accepted(): void;
  /** Counts the run again, even beyond the limit; no other run starts until the count is below the limit. */
  reclaim(): Promise<void>;
}

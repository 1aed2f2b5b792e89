/** The slot of one run. All methods throw UNAVAILABLE when the queue cannot be reached. */
export interface RunSlot {
  /**
   * False: the swap was handed to another instance, which found this one silent for too long. Whatever was durable before
   * it said true is known to every later run.
   */
  isHeld(): Promise<boolean>;
  /** Lets another swap have the slot. The run goes on, is still this instance's, and does not count any more. */
  release(): Promise<void>;
  /** Counts the run again, also beyond the limit: nothing is handed out until there are fewer. */
  reclaim(): Promise<void>;
}

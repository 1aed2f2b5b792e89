/** A connection that was opened for one submission, ahead of it. Nothing of the submission was written to it. */
export interface EarlyConnection {
  /** For a connection that is not used after all. */
  close(): void;
}

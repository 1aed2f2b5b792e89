/** A connection opened ahead of one submission. Nothing has been written to it. */
export interface EarlyConnection {
  /** Closes a connection that ended up unused. */
  close(): void;
}

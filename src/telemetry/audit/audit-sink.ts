/** Where the lines of the audit log go. */
export interface AuditSink {
  /** Queues a line. Never throws, never waits. @param fields in the order in which they are written */
  write(fields: object): void;
  /** Opens the file again, after a log rotation has renamed it. */
  reopen(): void;
  /** Lines lost so far. */
  lost(): number;
  /** Writes what is queued, for a second at most; the rest is lost. */
  close(): Promise<void>;
}

/** The audit log is off. */
export const noAuditSink: AuditSink = {
  write: () => undefined,
  reopen: () => undefined,
  lost: () => 0,
  close: async () => undefined,
};

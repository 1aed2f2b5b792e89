/** Observes copies. Must not throw. */
export interface CopyObserver {
  /** An attempt ended. `retry`: it is repeated; `full`: ARCHIVE_MAX_BYTES is reached. */
  attempted(outcome: 'stored' | 'retry' | 'failed' | 'full'): void;
  /** From the end of the swap, or the arrival of its late result, until its files were stored. */
  stored(lastedMs: number): void;
}

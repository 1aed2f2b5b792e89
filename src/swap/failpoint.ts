/** Named moments between two durable steps at which a test may kill the process. */
export type Failpoint =
  | 'before-claim'
  | 'after-claim'
  /** Embedded store: a transaction is committed but not yet acknowledged, and a power cut may still revert it. */
  | 'after-commit-before-sync'
  | 'before-post'
  | 'after-post-before-store'
  | 'after-store-before-publish'
  /** Finished swap: its client webhook and late polls are scheduled, but the index still lists it as open. */
  | 'after-outbox-before-index'
  /** Archive: a file is stored, but no record says so. */
  | 'after-put-before-record'
  /** Archive: the record is written, but the copy is still scheduled. */
  | 'after-record-before-removal'
  /** Erasure: the tombstone is stored, and nothing is erased yet. */
  | 'after-erasure-requested'
  /** Erasure: what has to be erased is noted, and still there. */
  | 'after-erasure-planned'
  /** Erasure: parts are done, and it is still scheduled. */
  | 'after-erasure-saved'
  | 'webhook-before-store'
  | 'webhook-after-store';
export type FailpointHook = (failpoint: Failpoint) => void;

import type { Clock } from '../lib/clock.js';
import type { FaultReporter } from '../lib/contain.js';
import type { ConsentLog } from '../swap/consent.js';
import type { ErasureStore, ErasureTopic } from '../swap/erasure.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { ArchiveSchedule, LatePollSchedule } from '../swap/late-poll-schedule.js';
import type { SwapIndex, SwapLog, SwapPolicy, SwapPubSub, SwapQueue, SwapStore } from '../swap/ports.js';
import type { UsageReader } from '../swap/usage.js';
import type { WebhookOutbox } from '../swap/webhook-outbox.js';

export const secretNames = [
  'webhook-secret',
  'webhook-signing-secret',
  'client-token-secret',
  'consent-secret',
] as const;
export type SecretName = (typeof secretNames)[number];

export interface BackupReport {
  /** Absolute path. */
  file: string;
  bytes: number;
  /** Swaps in the backup, and how many of them had not finished. */
  swaps: number;
  openSwaps: number;
  /** Milliseconds since the epoch. */
  takenAt: number;
}

/** In bytes. */
export interface BackendSize {
  /** The embedded database and its write-ahead log. */
  database?: { bytes: number; walBytes: number };
  /** What Redis reports; undefined where it refuses. `maxBytes`: 0 for no limit. */
  redis?: { bytes: number; maxBytes: number } | undefined;
}

export interface Restoration {
  /** Swaps accepted before this belong to the earlier state, milliseconds since the epoch. */
  before: number;
  /** To be called when those swaps have ended, so that the next start does not end newer ones. */
  done(): Promise<void>;
}

/** Stores and runs swaps: one set of adapters for the ports. */
export interface Backend {
  store: SwapStore;
  swapIndex: SwapIndex;
  queue: SwapQueue;
  pubsub: SwapPubSub;
  outbox: WebhookOutbox;
  latePolls: LatePollSchedule;
  archiveJobs: ArchiveSchedule;
  erasures: ErasureStore;
  erasureJobs: LatePollSchedule;
  erasureTopic: ErasureTopic;
  usage: UsageReader;
  consents: ConsentLog;
  /** The clock shared by all processes that work on the same swaps. */
  clock: Clock;
  /**
   * The time by which entries of the outbox and of the schedules are due, milliseconds since the epoch. Does not go back, and whatever
   * another process scheduled by its own is due in time by this one, even if the clock of one of them was wrong.
   */
  dueNow(): number;
  /** True for the first caller with that name, over all processes, within a time in milliseconds. @throws UNAVAILABLE */
  takeTurn(name: string, ms: number): Promise<boolean>;
  /** Whether other processes work on the same swaps. */
  isShared: boolean;
  /** How much the store takes. @throws UNAVAILABLE, or the error of the file system */
  size(): Promise<BackendSize>;
  /** Settings that must be identical on all instances but differ between this one and others. */
  settingsConflicts(): readonly string[];
  /**
   * Resolves once the store can be reached, however long that takes.
   * @throws Error with a message for the operator when the store is unusable
   */
  ready(): Promise<void>;
  /** A secret of this deployment, generated and stored on first use. @throws Error if it must be configured instead */
  secret(name: SecretName): string;
  /**
   * Whether it had data of a version that signed client webhooks only with the secret shared by all clients, when this version
   * first used it. Stays as it was determined then.
   * @throws UNAVAILABLE
   */
  isUpgraded(): Promise<boolean>;
  /**
   * Writes a consistent, checked copy of the store to a file while it is in use, and replaces the file. Absent: the store has
   * means of its own.
   * @throws Error with a message for the operator; the file is then unchanged
   */
  backUp?(file: string): Promise<BackupReport>;
  /**
   * Whether this deployment was started on an earlier state of its store, so that what was open then may have been submitted
   * since. Waits for the store.
   * @param isDeclared the operator says so
   */
  restoration(isDeclared: boolean): Promise<Restoration | undefined>;
  /**
   * Removes what has been deleted or has expired from the files of the store, such as its log. Resolves once it is gone from the
   * embedded store; Redis is asked to rewrite its files within a minute. Redis never rejects.
   */
  purge(): Promise<void>;
  /** Stops the queue's runs, then closes the store. */
  close(): Promise<void>;
}

export interface BackendOptions {
  slots: number;
  maxWaiting: number;
  maxWaitingPerClient: number;
  /** How long closing the queue waits for submissions in flight, milliseconds. */
  closeGraceMs?: number;
  policy: SwapPolicy;
  clock: Clock;
  log: SwapLog;
  report: FaultReporter;
  failpoint?: FailpointHook;
  /** Called around each sync of an embedded store to the disk. */
  wrapSync?: ((sync: () => Promise<void>) => Promise<void>) | undefined;
}

/**
 * How long an unfinished swap is kept, milliseconds: all of its deadlines plus the retention of a result. So it can still finish
 * after all processes were down for days.
 */
export function openTtlMs({ queueDeadlineMs, processingDeadlineMs, resultTtlMs }: SwapPolicy): number {
  // While ModelsLab reports `processing`, a swap may take three times its deadline.
  return queueDeadlineMs + 3 * processingDeadlineMs + resultTtlMs;
}

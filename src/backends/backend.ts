import type { Clock } from '../lib/clock.js';
import type { FaultReporter } from '../lib/contain.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { ArchiveSchedule, LatePollSchedule } from '../swap/late-poll-schedule.js';
import type {
  SwapIndex,
  SwapLog,
  SwapPolicy,
  SwapPubSub,
  SwapQueue,
  SwapStore,
  WebhookOutbox,
} from '../swap/ports.js';

/** Stores and runs swaps: one set of adapters for the ports. */
export interface Backend {
  store: SwapStore;
  swapIndex: SwapIndex;
  queue: SwapQueue;
  pubsub: SwapPubSub;
  outbox: WebhookOutbox;
  latePolls: LatePollSchedule;
  archiveJobs: ArchiveSchedule;
  /** The clock shared by all processes that work on the same swaps. */
  clock: Clock;
  /** Whether other processes work on the same swaps. */
  isShared: boolean;
  /** Settings that must be identical on all instances but differ between this one and others. */
  settingsConflicts(): readonly string[];
  /**
   * Resolves once the store can be reached, however long that takes.
   * @throws Error with a message for the operator when the store is unusable
   */
  ready(): Promise<void>;
  /** A secret of this deployment, generated and stored on first use. @throws Error if it must be configured instead */
  secret(name: 'webhook-secret' | 'webhook-signing-secret'): string;
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

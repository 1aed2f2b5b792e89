import type { Clock } from '../lib/clock.js';
import type { FaultReporter } from '../lib/contain.js';
import type { FailpointHook } from '../swap/failpoint.js';
import type { LatePollSchedule } from '../swap/late-poll-schedule.js';
import type {
  SwapIndex,
  SwapLog,
  SwapPolicy,
  SwapPubSub,
  SwapQueue,
  SwapStore,
  WebhookOutbox,
} from '../swap/ports.js';

/** What keeps and moves swaps: one set of adapters for the ports. */
export interface Backend {
  store: SwapStore;
  swapIndex: SwapIndex;
  queue: SwapQueue;
  pubsub: SwapPubSub;
  outbox: WebhookOutbox;
  latePolls: LatePollSchedule;
  /** The clock shared by all processes that work on the same swaps. */
  clock: Clock;
  /** Whether other processes work on the same swaps. */
  isShared: boolean;
  /** Settings that must be identical on all instances but differ between this one and others. */
  settingsConflicts(): readonly string[];
  /**
   * Resolves when the store can be reached, at once or after however long that takes.
   * @throws Error with a message for the operator when the store is not fit for use
   */
  ready(): Promise<void>;
  /** A secret of this deployment, made when it is first asked for and kept. @throws Error when it has to be given instead */
  secret(name: 'webhook-secret' | 'webhook-signing-secret'): string;
  /** Ends what is under way in the queue, then closes the store. */
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
 * How long a swap that has not ended is kept, milliseconds: as long as a result would be, beyond all of its deadlines. So
 * it still ends after the process, or all of them, were down for days.
 */
export function openTtlMs({ queueDeadlineMs, processingDeadlineMs, resultTtlMs }: SwapPolicy): number {
  // While ModelsLab reports `processing`, a swap may take three times its deadline.
  return queueDeadlineMs + 3 * processingDeadlineMs + resultTtlMs;
}

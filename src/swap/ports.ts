/**
 * The ports of the swap domain. Each has one adapter per backend, embedded or shared, and all adapters pass the same contract
 * tests.
 */
import type { EarlyConnection } from './early-connection.js';
import type { SwapArchive } from './files.js';
import type { IntakeGate } from './intake-gate.js';
import type { ProviderAccount } from './provider-account.js';
import type { QueuePauses } from './queue-pause.js';
import type { ReceivedWebhook } from './received-webhook.js';
import type { RunSlot } from './run-slot.js';
import type { PreparedSubmission, SubmittedPictures } from './submitted-pictures.js';
import type {
  EndedSwap,
  LateResult,
  PendingSwap,
  QueuedSwap,
  Swap,
  SwapFailure,
  SwapOutput,
  SwapRequest,
} from './swap.js';
import type { ClaimHolder, SwapClaims } from './swap-index.js';

export type {
  Claim,
  ClaimHolder,
  IndexRow,
  ListPosition,
  SwapClaims,
  SwapFilter,
  SwapIndex,
} from './swap-index.js';

/**
 * Swaps by id. A method resolves once its effect is on disk or on the server, and throws otherwise. A failing store or an
 * unreadable record is never reported as a missing swap.
 */
export interface SwapStore {
  /**
   * Accepts a swap: writes its record, takes its claims, adds it to the open swaps and its client's list, and counts it in the
   * client's usage. All or nothing, atomically among all callers.
   * @returns undefined if the swap was accepted; otherwise the holder of `guard`, and nothing was written
   */
  create(swap: QueuedSwap, claims: SwapClaims): Promise<ClaimHolder | undefined>;
  /** Writes the record of a pending swap, replacing any earlier one. */
  save(swap: PendingSwap): Promise<void>;
  /**
   * Finishes a swap, once: the first finished record stays and is counted in the client's usage, later ones are dropped.
   * @returns the stored record, and whether it is the given one
   */
  finish(swap: EndedSwap): Promise<{ swap: EndedSwap; first: boolean }>;
  /**
   * Adds a late result to a finished swap, once: the first one stays.
   * @returns the swap with its stored late result, and whether that is the given one
   */
  saveLateResult(swap: EndedSwap, late: LateResult): Promise<{ swap: EndedSwap; first: boolean }>;
  /**
   * Records how the files of a finished swap were archived, once: the first one stays.
   * @returns the swap with what is stored, and whether that is the given archive
   */
  saveArchive(swap: EndedSwap, archive: SwapArchive): Promise<{ swap: EndedSwap; first: boolean }>;
  /**
   * Replaces the finished record by what is left of it after an erasure, and removes all that was stored with it, its claims
   * except for its idempotency key, and its link to ModelsLab's id: all or nothing. Later additions to the record are dropped.
   *
   * @param former the finished record
   */
  erase(former: EndedSwap, erased: EndedSwap): Promise<void>;
  /** The current swap: its finished record if there is one, otherwise its pending record; undefined if there is neither. */
  get(id: string): Promise<Swap | undefined>;
  /**
   * Whether all earlier writes would also survive the loss of the primary server. Absent: no guarantee beyond that of each write.
   * @throws UNAVAILABLE
   */
  confirm?(): Promise<boolean>;
  /** Resolves if the store accepts writes. @throws UNAVAILABLE */
  ping(): Promise<void>;
}

export interface QueueEntry {
  id: string;
  client: string;
  /** When a waiting entry is passed to `expire`, milliseconds since the epoch. */
  expiresAt: number;
}

/** Outcome of a run. `requeue`: back to the front of the queue, and `pauses` pauses for `afterMs`. `interrupted`: left as it is. */
export type RunOutcome =
  | { kind: 'finished' }
  | { kind: 'requeue'; afterMs: number; pauses: PauseScope }
  | { kind: 'interrupted' };

/**
 * The scope of a pause. `instance`: this process cannot reach ModelsLab. `account`: ModelsLab accepts no more submissions from
 * the account. `credits`: the account has no credits, so that after each pause, which grows, one swap is tried until ModelsLab
 * accepts it.
 */
export type PauseScope = 'instance' | 'account' | 'credits';

export interface QueueWork {
  /** Holds a slot until it resolves or releases the slot. After `signal` aborts it should soon resolve with `interrupted`. */
  run(id: string, signal: AbortSignal, slot: RunSlot): Promise<RunOutcome>;
  expire(id: string): Promise<void>;
  /** Limits how many swaps this process starts; absent: no limit. */
  gate?: IntakeGate;
}

/** Room in the queue, counted before it is filled. Exactly one of the two methods must be called. */
export interface Reservation {
  fill(entry: QueueEntry): Promise<void>;
  release(): Promise<void>;
}

/**
 * Assigns swaps to free slots, at most as many as ModelsLab's queue accepts: round-robin over clients, first-in first-out within
 * a client.
 */
export interface SwapQueue extends QueuePauses {
  /**
   * @param maxWaiting limit on the waiting swaps of the client, together with its client tokens, instead of the queue's own
   * @throws QUEUE_FULL when the client, or all clients together, have reached the limit of waiting swaps. Those of a client token
   *   count on its parent as well.
   */
  reserve(client: string, maxWaiting?: number): Promise<Reservation>;
  /**
   * Adds a swap of an earlier process; no effect if it is already waiting or running. `first`: it may be at ModelsLab already,
   * so it gets a slot before all others and does not expire. With `needsSlot` false it runs at once, without a slot.
   */
  restore(entry: QueueEntry, first: boolean, needsSlot?: boolean): Promise<void>;
  /** Those of the given swaps that are neither waiting nor running. */
  missing(ids: string[]): Promise<string[]>;
  /** Removes a waiting swap. @returns false if it is running or not in the queue */
  withdraw(id: string): Promise<boolean>;
  /** 1 for the next swap; null if it is not waiting. */
  position(id: string): Promise<number | null>;
  /** The next waiting swaps, in the order in which they will be started. `client` may be the parent of a client token. */
  next(limit: number): Promise<QueueEntry[]>;
  /** Calls `listener`, at most once a second, when positions may have changed. @returns a function that removes the listener */
  onPositionsChanged(listener: () => void): () => void;
  /** `running`: with a slot. `unresolved`: without one, since it is unknown whether ModelsLab has the swap. */
  counts(): Promise<{ waiting: number; running: number; unresolved: number }>;
  /**
   * How long no swap is started, milliseconds; 0: not paused; Infinity: until an operator resumes. Of a shared queue, without
   * pauses of single instances.
   */
  pausedMs(): Promise<number>;
  /**
   * Leaves that many slots to other programs that use the account, on all instances.
   * @param forMs how long, unless it is called again, milliseconds
   */
  occupy(slots: number, forMs: number): Promise<void>;
  /** Starts to assign swaps to slots. */
  start(work: QueueWork): void;
  /** Stops starting runs, aborts those in progress, and waits a few seconds at most for them to resolve. */
  close(): Promise<void>;
}

/** Events of swaps, by id. May lose or reorder events, so subscribers also read the store. */
export interface SwapPubSub {
  publish(swap: Swap): void;
  /** Resolves once every later event will be delivered. @returns a function that unsubscribes */
  subscribe(id: string, listener: (swap: Swap) => void): Promise<() => void>;
  close(): Promise<void>;
}

/** Outcome of a submission. Only `not-accepted` may be submitted again. */
export type SubmitOutcome =
  | { kind: 'succeeded'; modelsLabId?: string; result: SwapOutput }
  | ({ kind: 'processing'; etaMs?: number } & UpstreamReference)
  | { kind: 'failed'; modelsLabId?: string; error: SwapFailure }
  | { kind: 'not-accepted'; retryAfterMs: number; pauses: PauseScope }
  /** `late`: the response is still being read; it resolves with the outcome, or with `unknown` without another `late`. */
  | { kind: 'unknown'; late?: Promise<SubmitOutcome> };

/** How to fetch a generation. */
export interface UpstreamReference {
  modelsLabId: string;
  /** Path and query of ModelsLab's `fetch_result`, on its own origin; absent for the default path. */
  fetchPath?: string;
}

/**
 * What ModelsLab reports about a submitted swap. `failed` with `isFinal` false: an error that may be about the request rather than
 * the swap. `processing` with a `result`: pictures without a known status. `unintelligible`: none of it could be parsed.
 */
export type UpstreamReport =
  | { kind: 'succeeded'; modelsLabId?: string; trackId?: string; result: SwapOutput }
  | { kind: 'processing'; modelsLabId?: string; trackId?: string; result?: SwapOutput }
  | { kind: 'failed'; modelsLabId?: string; trackId?: string; error: SwapFailure; isFinal: boolean }
  | { kind: 'unintelligible' };
/** `unavailable`: no response, or one that says nothing about the swap; poll again. */
export type FetchOutcome = UpstreamReport | { kind: 'unavailable' };

/** Outcome of a deletion at ModelsLab. `refused`: it will not succeed. `unavailable`: try again later. */
export type EraseOutcome = 'erased' | 'refused' | 'unavailable';

export interface ProviderCallContext {
  /** The swap that the call is for; logged. */
  swapId?: string;
  /** The `traceparent` of the swap's acceptance. Never sent to the provider. */
  traceparent?: string | undefined;
  /** For a submission: the connection to use. The submission closes it. */
  connection?: EarlyConnection | undefined;
  /** For a submission: what `prepare` read. */
  pictures?: SubmittedPictures | undefined;
}

/** ModelsLab, or a substitute for it. No method throws: every failure is an outcome. */
export interface FaceSwapProvider {
  /** Part of the URL of its webhooks: lower-case letters, digits and hyphens. Must stay the same between releases. */
  readonly name: string;
  /**
   * Reads what a submission has to carry itself, before anything is marked or paid. Absent: nothing. Whoever calls it releases the
   * pictures.
   * @param signal aborting ends it early, with any outcome
   */
  prepare?(
    request: SwapRequest,
    signal: AbortSignal,
    context?: ProviderCallContext,
  ): Promise<PreparedSubmission>;
  /** Connects ahead of a submission. Undefined: `submit` would refuse to submit now. Absent: `submit` connects. */
  connect?(): EarlyConnection | undefined;
  /** Submits a swap in one POST, which may be charged. @param webhookUrl the URL to which ModelsLab sends the outcome */
  submit(request: SwapRequest, webhookUrl: string, context?: ProviderCallContext): Promise<SubmitOutcome>;
  /** Polls a swap; free. */
  fetch(reference: UpstreamReference, context?: ProviderCallContext): Promise<FetchOutcome>;
  /** Parses a webhook of any type and content. */
  readReport(webhook: ReceivedWebhook, context?: ProviderCallContext): UpstreamReport;
  /** Deletes a result at ModelsLab. Absent: the provider cannot. */
  erase?(modelsLabId: string, context?: ProviderCallContext): Promise<EraseOutcome>;
  /** Absent: nothing is known of the account. */
  account?: ProviderAccount;
  /** False while the circuit breaker is open, so that nothing is submitted. */
  isAvailable(): boolean;
  close(): Promise<void>;
}

/** Deadlines and intervals, in milliseconds. */
export interface SwapPolicy {
  queueDeadlineMs: number;
  /** From the submission. Extended to up to three times its length while ModelsLab reports that the swap is processing. */
  processingDeadlineMs: number;
  /** How long a submission with an unknown outcome holds its slot. */
  unknownSlotMs: number;
  /** Delay from the submission's response to the first poll. */
  pollIntervalMs: number;
  maxPollIntervalMs: number;
  resultTtlMs: number;
}

/** The part of a logger that the swap domain uses (pino's signature). */
export interface SwapLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * What the life of a swap needs from the outside. Each port has one adapter for the embedded engine and may have another
 * for a shared one; the same contract tests run over all of them.
 */
import type { EarlyConnection } from './early-connection.js';
import type { IntakeGate } from './intake-gate.js';
import type { ReceivedWebhook } from './received-webhook.js';
import type { RunSlot } from './run-slot.js';
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

/**
 * Swaps by id. A method resolves once its effect is on the disk or the server, and throws otherwise. It never mistakes a broken
 * store, or an unreadable record, for an empty one.
 */
export interface SwapStore {
  /**
   * Accepts a swap: writes its record, takes its claims, and adds it to the open swaps and its client's list. All or nothing,
   * atomically among all callers.
   * @returns undefined if the swap was accepted, else who holds the guarding claim; then nothing was written
   */
  create(swap: QueuedSwap, claims: SwapClaims): Promise<ClaimHolder | undefined>;
  /** Writes where a pending swap stands, over whatever was there. */
  save(swap: PendingSwap): Promise<void>;
  /**
   * Ends a swap, once: the first ended record stays and every later one is dropped.
   * @returns the record that stands, and whether it is the one given
   */
  finish(swap: EndedSwap): Promise<{ swap: EndedSwap; first: boolean }>;
  /**
   * Adds a late result to an ended swap, once: the first one stays.
   * @returns the swap with its stored late result, and whether that is the given one
   */
  saveLateResult(swap: EndedSwap, late: LateResult): Promise<{ swap: EndedSwap; first: boolean }>;
  /** The swap as it is: its ended record if there is one, else where it stands, else undefined. */
  get(id: string): Promise<Swap | undefined>;
  /**
   * Whether all earlier writes would also survive the loss of the primary server. Absent: no guarantee beyond that of each write.
   * @throws UNAVAILABLE
   */
  confirm?(): Promise<boolean>;
  /** Resolves if the store takes writes, throws if not. */
  ping(): Promise<void>;
}

/**
 * What a swap can claim: an idempotency key, or the fingerprint of an input. `late`: the fingerprint of an input, claimed by the
 * failed swap that has a late result for it.
 */
export interface Claim {
  kind: 'key' | 'input' | 'late';
  value: string;
}

export interface ClaimHolder {
  swapId: string;
  fingerprint: string;
}

/** The claims of a new swap. */
export interface SwapClaims {
  /** Fingerprint of the input, kept with each claim. */
  fingerprint: string;
  /** The claim that must be free for the swap to be accepted, or be held by `replaces`. */
  guard?: Claim & { replaces?: string };
  /** A claim that the swap takes over from whoever has it. */
  takes?: Claim;
}

export interface IndexRow {
  id: string;
  /** Grows with each acceptance. */
  sequence: number;
}

/** Dedup claims, and the indexes over swaps. A claim may outlive its swap's record, and then counts for nothing. */
export interface SwapIndex {
  /** Who has the claim, or undefined. */
  holder(client: string, claim: Claim): Promise<ClaimHolder | undefined>;
  /** Assigns a claim to a swap, even if another holds it. @param expiresAt when it may be removed, milliseconds since the epoch */
  assign(client: string, claim: Claim, holder: ClaimHolder, expiresAt: number): Promise<void>;
  /** Notes ModelsLab's own id of a swap. The first note stays. */
  link(id: string, modelsLabId: string): Promise<void>;
  idByModelsLabId(modelsLabId: string): Promise<string | undefined>;
  modelsLabIdOf(id: string): Promise<string | undefined>;
  /** Takes an ended swap off the open ones; its claims and index entries go at `expiresAt` (ms since the epoch). */
  markEnded(id: string, expiresAt: number): Promise<void>;
  /**
   * A client's swaps, newest first, at most `first` of them.
   * @param before only those with a lower sequence number: the next page of a list
   */
  page(client: string, first: number, before?: number): Promise<IndexRow[]>;
  /** Every accepted swap that was not closed, in the order of acceptance. */
  open(): Promise<{ id: string; client: string }[]>;
}

/** An event for a client's webhook. */
export interface DeliveryKey {
  swapId: string;
  /** Event type, such as `swap.late_result`; absent: the end of the swap. */
  type?: string | undefined;
}

/** A pending delivery to a client's own webhook. */
export interface DueDelivery extends DeliveryKey {
  /** How many times it was tried. */
  attempts: number;
  /** The swap's client, and the webhook's host and port; absent in entries of earlier versions. */
  client?: string | undefined;
  host?: string | undefined;
}

export interface DeliveryOptions extends Pick<DueDelivery, 'type' | 'client' | 'host'> {
  /** True: reschedules an existing entry to `dueAt` and resets its attempts. */
  again?: boolean;
}

/** How due entries are shared among clients. */
export interface DeliveryRound {
  /** Limit per client. */
  perClient: number;
  /** Limits of individual clients, by name; 0 for none. */
  room?: ReadonlyMap<string, number>;
  /** The client after which the round starts, by name; absent: from the first. */
  after?: string | undefined;
}

/** Calls to clients' webhooks that were not made yet, durably. */
export interface WebhookOutbox {
  /** No effect if the entry already exists, unless `again` is set. @param dueAt milliseconds since the epoch */
  add(swapId: string, dueAt: number, options?: DeliveryOptions): Promise<void>;
  /**
   * Leases due entries, round-robin over clients: no client gets a second one before every other client with due entries got
   * one. The caller must remove or postpone each entry; otherwise, for example after a crash, it is due again after
   * `leaseMs`.
   */
  take(now: number, leaseMs: number, limit: number, turn?: DeliveryRound): Promise<DueDelivery[]>;
  postpone(entry: DeliveryKey, attempts: number, dueAt: number): Promise<void>;
  remove(entry: DeliveryKey): Promise<void>;
  /** When the next entry is due, considering only times later than `after` if given; undefined if there is none. */
  nextDueAt(after?: number): Promise<number | undefined>;
}

export interface QueueEntry {
  id: string;
  client: string;
  /** Milliseconds since the epoch: still waiting then, the entry is handed to `expire`. */
  expiresAt: number;
}

/** Outcome of a run: finished, requeued at the front after a pause of `pauses`, or left as it is. */
export type RunOutcome =
  | { kind: 'finished' }
  | { kind: 'requeue'; afterMs: number; pauses: PauseScope }
  | { kind: 'interrupted' };

/**
 * Who must pause: `instance`, because this process cannot reach ModelsLab; `account`, because ModelsLab accepts no more from the
 * account.
 */
export type PauseScope = 'instance' | 'account';

export interface QueueWork {
  /** Holds a slot until it resolves or releases it. When `signal` aborts it should resolve soon, with `left`. */
  run(id: string, signal: AbortSignal, slot: RunSlot): Promise<RunOutcome>;
  expire(id: string): Promise<void>;
  /** How much this process may take; absent: no limit. */
  gate?: IntakeGate;
}

/** A place in the queue that is counted, but not filled yet. Exactly one of the two must be called. */
export interface Reservation {
  fill(entry: QueueEntry): Promise<void>;
  release(): Promise<void>;
}

/**
 * Hands swaps to free slots, at most as many as ModelsLab's queue takes: clients in turn, first-in first-out within
 * one.
 */
export interface SwapQueue {
  /** Throws QUEUE_FULL when the client, or all of them together, have as many swaps waiting as they may. */
  reserve(client: string): Promise<Reservation>;
  /**
   * Takes up a swap of an earlier process; nothing happens if it waits or runs already. `first`: it may be at ModelsLab
   * already, so it gets a slot before all others, however long that takes. With `needsSlot` false it runs at once,
   * without one.
   */
  restore(entry: QueueEntry, first: boolean, needsSlot?: boolean): Promise<void>;
  /** Which of these swaps neither wait nor run. */
  missing(ids: string[]): Promise<string[]>;
  /** True: it was waiting and will not run. False: it runs, or is not here. */
  withdraw(id: string): Promise<boolean>;
  /** 1 for the next; null if it does not wait. */
  position(id: string): Promise<number | null>;
  /** Calls `listener`, at most once a second, when positions may have changed. Returns the way to stop it. */
  onPositionsChanged(listener: () => void): () => void;
  /** `running`: with a slot. `unresolved`: without one, since it is unknown whether ModelsLab has it. */
  counts(): Promise<{ waiting: number; running: number; unresolved: number }>;
  /** Begins to hand out. */
  start(work: QueueWork): void;
  /** Stops handing out, aborts what runs and waits, for some seconds at most, until every run has resolved. */
  close(): Promise<void>;
}

/** News of swaps, by id. Lossy and unordered at worst: readers look at the store as well. */
export interface SwapPubSub {
  publish(swap: Swap): void;
  /** Resolves once every later publication will be heard. Returns the way to stop listening. */
  subscribe(id: string, listener: (swap: Swap) => void): Promise<() => void>;
  close(): Promise<void>;
}

/** What became of a submission. Only `not-accepted` may ever be sent again. */
export type SubmitOutcome =
  | { kind: 'succeeded'; modelsLabId?: string; result: SwapOutput }
  | ({ kind: 'processing'; etaMs?: number } & UpstreamReference)
  | { kind: 'failed'; modelsLabId?: string; error: SwapFailure }
  | { kind: 'not-accepted'; retryAfterMs: number; pauses: PauseScope }
  /** `late`: the response is still being read; it resolves with what arrived, or with `unknown` without another `late`. */
  | { kind: 'unknown'; late?: Promise<SubmitOutcome> };

/** How to fetch a generation. */
export interface UpstreamReference {
  modelsLabId: string;
  /** Path and query of the `fetch_result` that ModelsLab gave, on its own origin, where that is not the usual one. */
  fetchPath?: string;
}

/**
 * What ModelsLab says of a swap that it has. `failed` with `isFinal` false: an error that may be about the request rather than
 * the swap. `processing` with a `result`: pictures that nobody called finished. `unintelligible`: nothing can be understood.
 */
export type UpstreamReport =
  | { kind: 'succeeded'; modelsLabId?: string; trackId?: string; result: SwapOutput }
  | { kind: 'processing'; modelsLabId?: string; trackId?: string; result?: SwapOutput }
  | { kind: 'failed'; modelsLabId?: string; trackId?: string; error: SwapFailure; isFinal: boolean }
  | { kind: 'unintelligible' };
/** `unavailable`: no response, or one that says nothing about the swap; poll again. */
export type FetchOutcome = UpstreamReport | { kind: 'unavailable' };

/** `swapId`: the swap that the call is for, for the log. */
export interface ProviderCallContext {
  swapId?: string;
  /** For a submission, which closes it. */
  connection?: EarlyConnection | undefined;
}

/** ModelsLab, or what stands in for it. No method throws: whatever goes wrong is an outcome. */
export interface FaceSwapProvider {
  /** Part of the URL of its webhooks: lower-case letters, digits and hyphens. Must stay the same between releases. */
  readonly name: string;
  /** Connects for a submission that is about to follow. Undefined: it would not be sent now. Absent: `submit` connects. */
  connect?(): EarlyConnection | undefined;
  /** One POST that may cost money. @param webhookUrl where ModelsLab shall send the outcome */
  submit(request: SwapRequest, webhookUrl: string, context?: ProviderCallContext): Promise<SubmitOutcome>;
  /** Asks for a swap; costs nothing. */
  fetch(reference: UpstreamReference, context?: ProviderCallContext): Promise<FetchOutcome>;
  /** Reads a webhook of any type and content; one that makes no sense is `unintelligible`. */
  readReport(webhook: ReceivedWebhook, context?: ProviderCallContext): UpstreamReport;
  /** False while ModelsLab fails so often that nothing is sent. */
  isAvailable(): boolean;
  close(): Promise<void>;
}

/** How long things may take; milliseconds. */
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

/** The part of a logger that the life of a swap needs (pino's signature). */
export interface SwapLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

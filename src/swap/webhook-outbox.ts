/** An event for a client's webhook. */
export interface DeliveryKey {
  swapId: string;
  /** Event type, such as `swap.late_result`; absent: the swap is finished. */
  type?: string | undefined;
}

/** A pending delivery to a client's own webhook. */
export interface DueDelivery extends DeliveryKey {
  /** Attempts made so far. */
  attempts: number;
  /** The swap's client, and the webhook's host and port; absent in entries of earlier versions. */
  client?: string | undefined;
  host?: string | undefined;
}

/** A delivery that waits for its next attempt, or was given up after the last one. Times are milliseconds since the epoch. */
export interface ListedDelivery extends DueDelivery {
  /** When the next attempt is due, or when it was given up. */
  at: number;
}

export interface DeliveryList {
  deliveries: ListedDelivery[];
  /** How many there are in all. */
  total: number;
}

/** How long deliveries that were given up stay listed, milliseconds. */
export const givenUpMs = 7 * 24 * 60 * 60 * 1000;

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

/** Durable queue of client webhooks that are still to be delivered. */
export interface WebhookOutbox {
  /** No effect if the entry already exists, unless `again` is set. @param dueAt milliseconds since the epoch */
  add(swapId: string, dueAt: number, options?: DeliveryOptions): Promise<void>;
  /**
   * Leases due entries, round-robin over clients: no client gets a second one before every other client with due entries has
   * one. The caller must remove or postpone each entry; otherwise, for example after a crash, it is due again after
   * `leaseMs`.
   */
  take(now: number, leaseMs: number, limit: number, turn?: DeliveryRound): Promise<DueDelivery[]>;
  postpone(entry: DeliveryKey, attempts: number, dueAt: number): Promise<void>;
  /** Removes an entry, also from those that were given up. */
  remove(entry: DeliveryKey): Promise<void>;
  /** Removes an entry whose attempts are used up; it stays listed for `givenUpMs`, or until it is added again. */
  giveUp(entry: DueDelivery, at: number): Promise<void>;
  /** Entries that wait, the next one first; or those that were given up, the latest first. At most `limit`. */
  list(which: 'waiting' | 'given-up', limit: number): Promise<DeliveryList>;
  /** When the next entry is due, considering only times later than `after` if given; undefined if there is none. */
  nextDueAt(after?: number): Promise<number | undefined>;
}

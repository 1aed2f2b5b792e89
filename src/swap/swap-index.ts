/** The port for dedup claims and lists of swaps. */
import type { ConsentEvidence } from './consent.js';
import type { EndedStatus, SwapStatus } from './swap.js';

/**
 * What a swap can claim: an idempotency key, or the fingerprint of an input. `late`: the fingerprint of an input, claimed by the
 * failed swap that has a late result for it. `file`: the token of its files, claimed in the name of the client ''.
 */
export interface Claim {
  kind: 'key' | 'input' | 'late' | 'file';
  value: string;
}

export interface ClaimHolder {
  swapId: string;
  fingerprint: string;
}

/** The claims of a new swap. */
export interface SwapClaims {
  /** Fingerprint of the input, stored with each claim. */
  fingerprint: string;
  /** The claim that must be free, or held by `replaces`, for the swap to be accepted. */
  guard?: Claim & { replaces?: string };
  /** A claim that the swap takes over from any other swap. */
  takes?: Claim;
  /** Kept if the swap is accepted. */
  consent?: ConsentEvidence | undefined;
}

export interface IndexRow {
  id: string;
  /** Increases with each acceptance. */
  sequence: number;
}

/** A swap's place in a filtered list: by time of creation, then by sequence number. */
export interface ListPosition {
  /** Milliseconds since the epoch. */
  createdAt: number;
  sequence: number;
}

/** Which swaps a list has; an absent field does not restrict it. Times are milliseconds since the epoch, exclusive. */
export interface SwapFilter {
  statuses?: ReadonlySet<SwapStatus> | undefined;
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
}

/** Dedup claims, and the indexes over swaps. A claim that outlives its swap's record is ignored. */
export interface SwapIndex {
  /** The holder of a claim, or undefined. */
  holder(client: string, claim: Claim): Promise<ClaimHolder | undefined>;
  /** Assigns a claim to a swap, even if another holds it. @param expiresAt when it may be removed, milliseconds since the epoch */
  assign(client: string, claim: Claim, holder: ClaimHolder, expiresAt: number): Promise<void>;
  /** Records ModelsLab's own id of a swap. The first one stays. */
  link(id: string, modelsLabId: string): Promise<void>;
  idByModelsLabId(modelsLabId: string): Promise<string | undefined>;
  modelsLabIdOf(id: string): Promise<string | undefined>;
  /**
   * Marks a swap as no longer open; its claims and index entries are removed at `expiresAt` (ms since the epoch).
   * @param status absent: its record is lost
   */
  markEnded(id: string, expiresAt: number, status?: EndedStatus): Promise<void>;
  /**
   * A client's swaps, newest first, at most `first` of them.
   * @param before only those with a lower sequence number: the next page of a list
   */
  page(client: string, first: number, before?: number): Promise<IndexRow[]>;
  /**
   * The swaps of a client and of the client tokens that it created, newest first, at most `first` of them.
   * @param before only those with a lower sequence number
   */
  accountPage(account: string, first: number, before?: number): Promise<IndexRow[]>;
  /**
   * A client's swaps that may match a filter, newest first, at most `first` of them. Includes every swap that matches, and open
   * ones whatever their status, since only their records tell it: the caller checks. Reads no other swaps, however many there are.
   * @param before only those after this position of the list
   */
  candidates(
    client: string,
    filter: SwapFilter,
    first: number,
    before?: ListPosition,
  ): Promise<(IndexRow & ListPosition)[]>;
  /** Every accepted swap that is not marked as ended, in the order of acceptance. */
  open(): Promise<{ id: string; client: string }[]>;
}

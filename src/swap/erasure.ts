/** Erasure of a swap: what is asked for, what is left of it, and where both are stored. */
import { fileClaim, fileClient } from './lifecycle/result-files.js';
import { erasedRequestOf, fingerprint } from './operations/registry.js';
import type { Claim } from './ports.js';
import type { EndedSwap } from './swap.js';

/**
 * What is erased. `RECORD`: the URLs in the swap's record, in every cache. `FILES`: copies of its results. `UPLOADS`: uploaded
 * pictures that no other swap of the client uses. `WEBHOOKS`: client webhooks not delivered yet. `MODELSLAB`: its result at
 * ModelsLab.
 */
export const erasureTargets = ['RECORD', 'FILES', 'UPLOADS', 'WEBHOOKS', 'MODELSLAB'] as const;
export type ErasureTarget = (typeof erasureTargets)[number];

export const erasureStates = ['DONE', 'PENDING', 'NOT_POSSIBLE'] as const;
export type ErasureState = (typeof erasureStates)[number];

/** How far the erasure of one part has come. `reason`: for the client; always there if `NOT_POSSIBLE`. */
export interface ErasurePart {
  what: ErasureTarget;
  state: ErasureState;
  reason?: string;
}

/** What is needed to finish an erasure, and no longer in the record. Removed with the last part. */
export interface ErasureWork {
  /** Keys of the archived files. */
  files: string[];
  /** Ids of the uploads that the swap used. */
  uploads: string[];
  /** Whether ModelsLab may have the result. */
  mayBeAtModelsLab: boolean;
  modelsLabId?: string;
}

/** The tombstone of a swap: kept while everything else about it is gone. */
export interface Erasure {
  swapId: string;
  client: string;
  /** When it was requested, milliseconds since the epoch. */
  requestedAt: number;
  parts: ErasurePart[];
  /** Absent before the swap has finished, and once all parts are. */
  work?: ErasureWork;
}

/** Tombstones by swap. */
export interface ErasureStore {
  get(swapId: string): Promise<Erasure | undefined>;
  /** Resolves once it is durable. @param expiresAt milliseconds since the epoch */
  save(erasure: Erasure, expiresAt: number): Promise<void>;
}

/** Tells the processes that work on the same swaps which ones were erased, so that no cache has them. */
export interface ErasureTopic {
  /** Resolves once the other processes are told, and the listeners of this one were called. @throws UNAVAILABLE */
  announce(swapId: string): Promise<void>;
  /** @param listener called with the id of each erased swap; with undefined when one may have been missed. Must not throw */
  listen(listener: (swapId: string | undefined) => void): void;
}

/** How long a tombstone is kept, and an erased swap with it, milliseconds. */
export const tombstoneMs = 30 * 24 * 60 * 60 * 1000;

export const isComplete = ({ parts }: Erasure): boolean => parts.every(({ state }) => state !== 'PENDING');

/**
 * The record of a swap after its erasure: its outcome and times, without a URL, an input or a result.
 *
 * @param placeholder URL of the picture that stands in for those of the request
 */
export function erasedSwap(swap: EndedSwap, at: number, placeholder: string): EndedSwap {
  const { id, client, request, status, error, createdAt, completedAt } = swap;
  return {
    id,
    client,
    request: erasedRequestOf(request, placeholder),
    status,
    // The message may quote what the client sent.
    ...(error && { error: { ...error, message: 'The swap was erased.' } }),
    createdAt,
    updatedAt: Math.max(at, swap.updatedAt),
    completedAt,
    expiresAt: at + tombstoneMs,
    erasedAt: at,
  };
}

/** The claims that a swap takes after its acceptance: for its files, and for its late result. */
export function laterClaimsOf({ client, request, result, lateResult }: EndedSwap): {
  owner: string;
  claim: Claim;
}[] {
  const tokens = [result, lateResult?.result].flatMap((output) => output?.files?.token ?? []);
  return [
    ...tokens.map((token) => ({ owner: fileClient, claim: fileClaim(token) })),
    { owner: client, claim: { kind: 'late', value: fingerprint(request) } },
  ];
}

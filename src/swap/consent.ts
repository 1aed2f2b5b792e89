import { createHash, createHmac } from 'node:crypto';
import { inputsOf } from './operations/registry.js';
import type { Swap } from './swap.js';

/** Evidence that a client confirmed the consent of the people shown. It outlives its swap, and holds no URL. */
export interface ConsentEvidence {
  swapId: string;
  client: string;
  /** When the client confirmed it, milliseconds since the epoch. */
  at: number;
  /** What was agreed to, in the client's words: a text or its version. Absent: the client only confirmed. */
  statement?: string;
  /** HMAC-SHA256 of the inputs, base64url: proves which ones they were to those who have them. */
  inputs: string;
  /** Identifies the key of the HMAC, which may be rotated. */
  keyId: string;
  /** When it is removed, milliseconds since the epoch. */
  expiresAt: number;
}

/** Evidence of consent, kept independently of swaps. `SwapClaims.consent` adds it together with its swap. */
export interface ConsentLog {
  /** Keeps evidence for a swap. The first one stays. @throws UNAVAILABLE */
  add(evidence: ConsentEvidence): Promise<void>;
  /** The evidence for a swap, also after the swap is gone. @throws UNAVAILABLE */
  get(swapId: string): Promise<ConsentEvidence | undefined>;
  /**
   * Evidence in the order in which it was added.
   * @param after the `next` of the previous page
   * @returns at most `first`, perhaps fewer; `next` is undefined on the last page
   * @throws UNAVAILABLE
   */
  page(first: number, after?: number): Promise<{ evidence: ConsentEvidence[]; next: number | undefined }>;
}

export interface ConsentPolicy {
  /** Key of the HMAC. */
  key: string;
  retentionMs: number;
}

/** Evidence that the client of a swap confirmed consent now. */
export function createConsentEvidence(
  swap: Pick<Swap, 'id' | 'client' | 'request'>,
  statement: string | undefined,
  { key, retentionMs }: ConsentPolicy,
  now: number,
): ConsentEvidence {
  return {
    swapId: swap.id,
    client: swap.client,
    at: now,
    ...(statement !== undefined && { statement }),
    inputs: createHmac('sha256', key).update(inputsOf(swap.request)).digest('base64url'),
    keyId: createHash('sha256').update(`consent key ${key}`).digest('hex').slice(0, 8),
    expiresAt: now + retentionMs,
  };
}

const pageSize = 500;

/** All evidence, in the order in which it was added. @throws UNAVAILABLE */
export async function* exportConsents(log: Pick<ConsentLog, 'page'>): AsyncGenerator<ConsentEvidence> {
  let after: number | undefined;
  do {
    const { evidence, next } = await log.page(pageSize, after);
    yield* evidence;
    after = next;
  } while (after !== undefined);
}

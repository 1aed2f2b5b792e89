import type { SwapFailure } from './swap.js';

/** Pictures that a submission carries as data, by URL. Only in memory: a further submission reads them again. */
export interface SubmittedPictures {
  /** @throws Error after `release` */
  get(url: string): Buffer;
  /** Frees the memory. Idempotent. */
  release(): void;
}

/** What has to be known before a submission. */
export type PreparedSubmission =
  /** `pictures` undefined: ModelsLab fetches them. */
  | { kind: 'ready'; pictures: SubmittedPictures | undefined }
  /** The swap cannot be submitted, now or later; nothing was paid. */
  | { kind: 'failed'; error: SwapFailure }
  /** Try again later, because of this instance and not of the swap. */
  | { kind: 'unavailable'; retryAfterMs: number };

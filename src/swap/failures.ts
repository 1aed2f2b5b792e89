import type { SwapFailure, SwapFailureCode } from './swap.js';

const retryable: Record<SwapFailureCode, boolean> = {
  IMAGE_UNREADABLE: false,
  NO_FACE_FOUND: false,
  REJECTED: false,
  UPSTREAM_ACCOUNT: false,
  UPSTREAM_BUSY: true,
  UPSTREAM_FAILED: true,
  SUBMISSION_UNKNOWN: true,
  TIMED_OUT: true,
};

/** @param message shown to the client */
export function failure(code: SwapFailureCode, message: string): SwapFailure {
  return { code, message, retryable: retryable[code] };
}

export const submissionUnknown = failure(
  'SUBMISSION_UNKNOWN',
  'It is unknown whether ModelsLab accepted this swap, and no result arrived in time. It was not submitted again.',
);

export const timedOut = failure('TIMED_OUT', 'ModelsLab accepted this swap, but did not finish it in time.');

/** For a refusal that arrived after the submission's timeout. */
export const notAccepted = failure(
  'UPSTREAM_FAILED',
  'ModelsLab did not accept this swap, so nothing was charged.',
);

export const upstreamBusy = failure(
  'UPSTREAM_BUSY',
  'ModelsLab was busy and asked for a retry. This attempt may have been charged, and a retry may be charged again.',
);

export const upstreamFailed = failure('UPSTREAM_FAILED', 'ModelsLab could not process this swap.');

/** API key, plan or credits: the operator's concern, so clients get no details. */
export const upstreamAccount = failure(
  'UPSTREAM_ACCOUNT',
  'The service cannot process swaps right now. Its operator has been notified.',
);

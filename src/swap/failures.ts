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

/** @param message fit to be read by the client */
export function failure(code: SwapFailureCode, message: string): SwapFailure {
  return { code, message, retryable: retryable[code] };
}

export const submissionUnknown = failure(
  'SUBMISSION_UNKNOWN',
  'It is not known whether ModelsLab took this swap, and nothing was heard of it in time. It was not sent again.',
);

export const timedOut = failure('TIMED_OUT', 'ModelsLab took this swap, but did not finish it in time.');

/** Known only after the submission was given up. */
export const notAccepted = failure(
  'UPSTREAM_FAILED',
  'ModelsLab did not accept this swap, so nothing was charged.',
);

export const upstreamBusy = failure(
  'UPSTREAM_BUSY',
  'ModelsLab was busy and asked for another try. This attempt may have been charged, and so may a new one.',
);

export const upstreamFailed = failure('UPSTREAM_FAILED', 'ModelsLab could not do this swap.');

/** Key, plan or credits: not the client's matter, so it gets no details. */
export const upstreamAccount = failure(
  'UPSTREAM_ACCOUNT',
  'The service is not able to take swaps at the moment. Its operator has been informed.',
);

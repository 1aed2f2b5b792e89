const statuses = {
  NO_PICTURE: 400,
  TOO_SLOW: 408,
  PICTURE_TOO_LARGE: 413,
  PICTURE_TYPE_NOT_SUPPORTED: 415,
  PICTURE_UNREADABLE: 422,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
} as const;

export type UploadErrorCode = keyof typeof statuses;

/** Why an upload was not stored, in words for whoever uploads. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly status: number;

  /** @param retryAfter seconds after which another try is worth while */
  constructor(
    readonly code: UploadErrorCode,
    message: string,
    readonly retryAfter?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = statuses[code];
  }
}

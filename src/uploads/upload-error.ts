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

/** Why an upload was not stored; the message is for the client. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly status: number;

  /** @param retryAfter seconds until a retry can succeed */
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

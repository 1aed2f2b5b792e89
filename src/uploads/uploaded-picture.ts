/** The answer of `POST /uploads`. The Studio takes its type from here. */
export interface UploadedPicture {
  /** Where anybody who knows it can read the picture, as JPEG. */
  url: string;
  /** As stored: upright, and within `maxSide`. */
  width: number;
  height: number;
  bytes: number;
  /** ISO 8601; the picture is gone then. */
  expiresAt: string;
}

export const maxUploadBytes = 10 * 1024 * 1024;
/** Larger pictures are made smaller, so that what is stored stays within what image services fetch. */
export const maxSide = 5000;

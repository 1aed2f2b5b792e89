/** Response of `POST /uploads`. The Studio imports this type. */
export interface UploadedPicture {
  /** Serves the picture as JPEG to anyone who knows the URL. */
  url: string;
  /** As stored: upright, and within `maxSide`. */
  width: number;
  height: number;
  bytes: number;
  prepared: Preparation;
  /** ISO 8601; the picture is deleted then. */
  expiresAt: string;
}

/** What the gateway changed, besides removing metadata. */
export interface Preparation {
  /** Turned or mirrored, as the file says. */
  rotated: boolean;
  /** Scaled down to `maxSide`. */
  resized: boolean;
  /** The upload was not a JPEG. */
  converted: boolean;
}

/** Message for the client. */
export const typeNotSupported = 'Not a supported picture: use JPEG, PNG, WebP, HEIC or AVIF.';

export const maxUploadBytes = 10 * 1024 * 1024;
/** Larger pictures are scaled down, so that image services can fetch them. */
export const maxSide = 5000;

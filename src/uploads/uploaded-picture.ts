/** Response of `POST /uploads`. The Studio imports this type. */
export interface UploadedPicture {
  /** Serves the picture as JPEG to anyone who knows the URL. */
  url: string;
  /** As stored: upright, and within `maxSide`. */
  width: number;
  height: number;
  bytes: number;
  /** ISO 8601; the picture is deleted then. */
  expiresAt: string;
}

export const maxUploadBytes = 10 * 1024 * 1024;
/** Larger pictures are scaled down, so that image services can fetch them. */
export const maxSide = 5000;

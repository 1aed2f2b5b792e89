/** A picture as React Native's pickers give it. */
export interface NativePicture {
  uri: string;
  name?: string;
  type?: string;
}

/** What `upload` accepts: a File or Blob, bytes, or React Native's `{ uri, name, type }`. */
export type Picture = Blob | ArrayBuffer | Uint8Array | NativePicture;

/** A stored picture; `url` can be used as an image of a swap. */
export interface UploadedPicture {
  url: string;
  /** Pixels, as stored. */
  width: number;
  height: number;
  bytes: number;
  /** ISO 8601; the picture is deleted then. */
  expiresAt: string;
}

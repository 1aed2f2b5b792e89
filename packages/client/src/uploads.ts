import type { Picture, UploadedPicture } from './picture.js';
import { retry } from './retry.js';
import { withSignal } from './signals.js';
import { createStandaloneHttp, type StandaloneOptions } from './standalone.js';
import type { RequestOptions } from './swap-client-types.js';
import { uploadPicture } from './upload-picture.js';

export type { NativePicture } from './picture.js';
export type { Picture, RequestOptions, StandaloneOptions, UploadedPicture };

/**
 * Uploads pictures without the rest of the client.
 *
 * @returns a function like `upload` of the client
 * @throws SwapClientError, BAD_URL
 */
export function createUploader(
  options: StandaloneOptions,
): (picture: Picture, options?: RequestOptions) => Promise<UploadedPicture> {
  const { http, credentials } = createStandaloneHttp(options);
  return (picture, { signal } = {}) =>
    withSignal([signal], undefined, (either) =>
      retry(() => uploadPicture(http, picture, either), {
        attempts: 12,
        signal: either,
        hasResponded: http.hasResponded,
        renew: credentials.renew,
      }),
    );
}

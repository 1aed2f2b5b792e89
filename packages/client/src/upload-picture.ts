import { type Http, readResult, unexpected } from './http.js';
import type { NativePicture, Picture, UploadedPicture } from './picture.js';

const timeoutMs = 120_000;

/** Uploads a picture once. @throws SwapClientError; the signal's reason when aborted */
export function uploadPicture(http: Http, picture: Picture, signal: AbortSignal): Promise<UploadedPicture> {
  const form = new FormData();
  if (isNative(picture)) {
    const { uri, name = 'picture', type = 'image/jpeg' } = picture;
    // React Native's FormData reads the file; its types are not those of browsers.
    form.append('file', { uri, name, type } as never);
  } else {
    const blob = picture instanceof Blob ? picture : new Blob([picture as Uint8Array<ArrayBuffer>]);
    form.append('file', blob, (picture as { name?: string }).name ?? 'picture');
  }
  return http.send({ path: '/uploads', body: form as never, signal, timeoutMs }, async (response) => {
    const result = (await readResult(response)) as Partial<UploadedPicture>;
    if (typeof result.url !== 'string') throw unexpected(response);
    return result as UploadedPicture;
  });
}

const isNative = (picture: Picture): picture is NativePicture =>
  typeof (picture as Partial<NativePicture>).uri === 'string';

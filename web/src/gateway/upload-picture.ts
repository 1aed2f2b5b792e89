import type { UploadedPicture } from '../../../src/uploads/uploaded-picture.ts';
import { t } from '../messages/messages.ts';
import { authorization } from './api-key.ts';
import { reportResponse, reportUnreachable } from './observed-fetch.ts';
import { fromErrorResponse } from './request-error.ts';

/**
 * Uploads a file. `fetch` reports no progress of what it sends, hence XMLHttpRequest.
 * @param onPercent called with 0 to 100 as the file is sent
 * @throws Error with a message for the user, or the signal's reason
 */
export function uploadPicture(
  file: File,
  signal: AbortSignal,
  onPercent: (percent: number) => void,
): Promise<UploadedPicture> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/uploads');
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      onPercent(Math.round((100 * loaded) / Math.max(1, total))),
    );
    request.addEventListener('load', () => {
      reportResponse(request.status);
      if (request.status === 201) resolve(JSON.parse(request.responseText) as UploadedPicture);
      else reject(new Error(fromErrorResponse(request.responseText).message));
    });
    request.addEventListener('error', () => {
      reportUnreachable();
      reject(new Error(t.errors.unreachable));
    });
    signal.addEventListener('abort', () => {
      request.abort();
      reject(signal.reason);
    });
    const form = new FormData();
    form.append('picture', file);
    request.send(form);
  });
}

import type { UploadedPicture } from '../../../src/uploads/uploaded-picture.ts';
import { observedFetch } from './observed-fetch.ts';
import { fromErrorResponse, readRequestError } from './request-error.ts';

/** @throws Error with a message for the user, or the signal's reason */
export async function uploadPicture(file: File, signal: AbortSignal): Promise<UploadedPicture> {
  const form = new FormData();
  form.append('picture', file);
  let response: Response;
  try {
    response = await observedFetch('/uploads', { method: 'POST', body: form, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(readRequestError(error).message, { cause: error });
  }
  if (!response.ok) throw new Error(fromErrorResponse(await response.text()).message);
  return (await response.json()) as UploadedPicture;
}

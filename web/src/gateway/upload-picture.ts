import type { UploadedPicture } from '../../../src/uploads/uploaded-picture.ts';
import { observedFetch } from './observed-fetch.ts';
import { fromAnswer, readRefusal } from './refusal.ts';

/** @throws Error with a message for whoever uploads, or the signal's reason */
export async function uploadPicture(file: File, signal: AbortSignal): Promise<UploadedPicture> {
  const form = new FormData();
  form.append('picture', file);
  let response: Response;
  try {
    response = await observedFetch('/uploads', { method: 'POST', body: form, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(readRefusal(error).message, { cause: error });
  }
  if (!response.ok) throw new Error(fromAnswer(await response.text()).message);
  return (await response.json()) as UploadedPicture;
}

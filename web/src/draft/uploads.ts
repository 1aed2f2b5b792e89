import { uploadPicture } from '../gateway/upload-picture.ts';
import { t } from '../messages/messages.ts';
import { putSlot, slots } from './draft.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Slot, SlotName } from './slot.ts';

const maxUploadMb = 10;
const uploads = new Map<SlotName, AbortController>();

/** Puts something else into a slot, and stops its upload. */
export function replaceSlot(name: SlotName, slot: Slot): void {
  uploads.get(name)?.abort();
  uploads.delete(name);
  putSlot(name, slot);
}

/**
 * Shows a file at once and uploads it; another picture for the slot stops the upload.
 * @param people whom the picture shows, if that is known from the picture it was cut out of
 */
export async function uploadInto(name: SlotName, file: File, people?: string): Promise<void> {
  if (file.size > maxUploadMb * 1024 * 1024) {
    const problem = t.slot.tooLarge(Math.ceil(file.size / 1024 / 1024), maxUploadMb);
    return replaceSlot(name, { kind: 'rejected', name: file.name, problem });
  }
  const facts = { name: file.name, preview: URL.createObjectURL(file) };
  replaceSlot(name, { kind: 'uploading', ...facts, percent: 0 });
  const upload = new AbortController();
  uploads.set(name, upload);
  const { signal } = upload;
  const showPercent = (percent: number): void => {
    if (!signal.aborted) putSlot(name, { kind: 'uploading', ...facts, percent });
  };
  try {
    const [{ url }, own] = await Promise.all([
      uploadPicture(file, signal, showPercent),
      people ?? fingerprintOf(file),
    ]);
    if (signal.aborted) return;
    // What the gateway made of the file: upright, and in a format that every browser shows.
    URL.revokeObjectURL(facts.preview);
    putSlot(name, { kind: 'uploaded', name: file.name, preview: url, url, people: own });
  } catch (error) {
    URL.revokeObjectURL(facts.preview);
    if (signal.aborted) return;
    const problem = error instanceof Error ? error.message : t.errors.unexpected;
    putSlot(name, { kind: 'rejected', name: file.name, problem });
  }
}

/** Whether a slot is in use by an upload that can be stopped. */
export const isUploading = (name: SlotName): boolean => slots()[name].kind === 'uploading';

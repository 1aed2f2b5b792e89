import { useRef, useState } from 'react';
import { uploadPicture } from '../gateway/upload-picture.ts';
import { emptySlots, type Slot, type SlotName, type Slots } from './slot.ts';

const maxUploadMb = 10;

export interface SlotsControl {
  slots: Slots;
  put(name: SlotName, slot: Slot): void;
  /** Shows the file at once and uploads it; choosing another picture for the slot aborts the upload. */
  upload(name: SlotName, file: File): void;
}

/** State of the three pictures being chosen. */
export function useSlots(): SlotsControl {
  const [slots, setSlots] = useState<Slots>(emptySlots);
  const uploads = useRef(new Map<SlotName, AbortController>());

  const show = (name: SlotName, slot: Slot): void => {
    setSlots((current) => ({ ...current, [name]: slot }));
  };
  const put = (name: SlotName, slot: Slot): void => {
    uploads.current.get(name)?.abort();
    show(name, slot);
  };

  return {
    slots,
    put,
    upload(name, file) {
      if (file.size > maxUploadMb * 1024 * 1024) {
        const size = Math.ceil(file.size / 1024 / 1024);
        const problem = `This file has ${size} MB; at most ${maxUploadMb} MB are accepted.`;
        return put(name, { kind: 'rejected', name: file.name, problem });
      }
      const facts = { name: file.name, preview: URL.createObjectURL(file) };
      put(name, { kind: 'uploading', ...facts });
      const upload = new AbortController();
      uploads.current.set(name, upload);
      uploadPicture(file, upload.signal).then(
        ({ url }) => !upload.signal.aborted && show(name, { kind: 'uploaded', ...facts, url }),
        (error: Error) => {
          URL.revokeObjectURL(facts.preview);
          if (!upload.signal.aborted)
            show(name, { kind: 'rejected', name: file.name, problem: error.message });
        },
      );
    },
  };
}

import { useEffect, useRef } from 'react';
import { type SlotName, type Slots, slotNames } from '../draft/slot.ts';

/**
 * Handles a picture pasted anywhere on the page: it goes to the slot with the focus, else to the slot under the
 * pointer, else to the first empty slot, else it replaces the picture.
 */
export function usePastedPicture(slots: Slots, take: (name: SlotName, file: File) => void): void {
  const latest = useRef({ slots, take });
  latest.current = { slots, take };
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (!file) return;
      const { slots, take } = latest.current;
      const pointed = document.querySelector<HTMLElement>('[data-slot]:focus-within, [data-slot]:hover');
      const name =
        slotNames.find((candidate) => candidate === pointed?.dataset['slot']) ??
        slotNames.find((candidate) => slots[candidate].kind === 'empty') ??
        'initImage';
      event.preventDefault();
      take(name, file);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
}

/** One of the three pictures of a swap, named like its argument. */
export type SlotName = 'initImage' | 'targetImage' | 'referenceImage';

export const slotNames: readonly SlotName[] = ['initImage', 'targetImage', 'referenceImage'];

export const slotWords: Record<SlotName, { label: string; hint: string; missing: string }> = {
  initImage: {
    label: 'Picture',
    hint: 'One or more people; one face is replaced',
    missing: 'Pick the picture first.',
  },
  targetImage: {
    label: 'New face',
    hint: 'The face to put in',
    missing: 'Pick the new face.',
  },
  referenceImage: {
    label: 'Which face',
    hint: 'Whose face is replaced',
    missing: 'Pick a picture of the face to replace, or choose “Same as picture”.',
  },
};

/** The content of a slot. */
export type Slot =
  | { kind: 'empty' }
  | { kind: 'link'; url: string }
  | { kind: 'sample'; url: string; title: string }
  | { kind: 'uploading'; name: string; preview: string }
  | { kind: 'uploaded'; name: string; preview: string; url: string }
  | { kind: 'rejected'; name: string; problem: string };

export type Slots = Readonly<Record<SlotName, Slot>>;

export const emptySlots: Slots = {
  initImage: { kind: 'empty' },
  targetImage: { kind: 'empty' },
  referenceImage: { kind: 'empty' },
};

/** The URL to send, if there is one yet. */
export function urlOf(slot: Slot): string | undefined {
  if (slot.kind === 'link') return slot.url.trim() || undefined;
  return slot.kind === 'sample' || slot.kind === 'uploaded' ? slot.url : undefined;
}

/** The URL to preview. */
export function previewOf(slot: Slot): string | undefined {
  if (slot.kind === 'uploading' || slot.kind === 'uploaded') return slot.preview;
  return urlOf(slot);
}

/** The caption shown to the user. */
export function captionOf(slot: Slot): string {
  if (slot.kind === 'sample') return slot.title;
  if (slot.kind === 'link') return URL.canParse(slot.url) ? new URL(slot.url).hostname : '';
  return slot.kind === 'empty' ? '' : slot.name;
}

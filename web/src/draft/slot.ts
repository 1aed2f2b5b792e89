import { t } from '../messages/messages.ts';

/** One of the three pictures of a swap, named like its argument. */
export type SlotName = 'initImage' | 'targetImage' | 'referenceImage';

export const slotNames: readonly SlotName[] = ['initImage', 'targetImage', 'referenceImage'];

/** The content of a slot. */
export type Slot =
  | { kind: 'empty' }
  /** Only of `referenceImage`: the picture itself shows which face. */
  | { kind: 'same' }
  | { kind: 'link'; url: string }
  | { kind: 'sample'; url: string; title: string }
  | { kind: 'uploading'; name: string; preview: string; percent: number }
  /** `people` identifies whom the picture shows: the same for the same file, and for a crop of it. */
  | { kind: 'uploaded'; name: string; preview: string; url: string; people: string }
  | { kind: 'rejected'; name: string; problem: string };

export type Slots = Readonly<Record<SlotName, Slot>>;

export const emptySlots: Slots = {
  initImage: { kind: 'empty' },
  targetImage: { kind: 'empty' },
  referenceImage: { kind: 'same' },
};

/** The URL of a slot, if there is one yet. */
export function urlOf(slot: Slot): string | undefined {
  if (slot.kind === 'link') return slot.url.trim() || undefined;
  return slot.kind === 'sample' || slot.kind === 'uploaded' ? slot.url : undefined;
}

/** The slot whose picture is sent for `name`. */
export function sourceOf(slots: Slots, name: SlotName): Slot {
  return slots[name].kind === 'same' ? slots.initImage : slots[name];
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
  if (slot.kind === 'same') return t.which.same;
  return slot.kind === 'empty' ? '' : slot.name;
}

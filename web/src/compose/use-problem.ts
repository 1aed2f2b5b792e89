import { useReactiveVar } from '@apollo/client/react';
import { isChecked, missingSlots, requestError, slots } from '../draft/draft.ts';
import type { SlotName } from '../draft/slot.ts';
import { t } from '../messages/messages.ts';

/** What is wrong with a slot, and what to do about it. */
export function useProblem(name: SlotName): string | undefined {
  const current = useReactiveVar(slots);
  const wasChecked = useReactiveVar(isChecked);
  const error = useReactiveVar(requestError);
  const slot = current[name];
  if (slot.kind === 'rejected') return slot.problem;
  if (wasChecked && missingSlots(current).includes(name))
    return slot.kind === 'uploading' ? t.slot.stillUploading : t.slots[name].missing;
  return error?.fields.find(({ path }) => path === `input.${name}`)?.message;
}

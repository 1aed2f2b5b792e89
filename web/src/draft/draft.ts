import { makeVar } from '@apollo/client';
import { sampleName } from '../compose/sample-faces.ts';
import type { RequestError } from '../gateway/request-error.ts';
import type { SamplesQuery } from '../generated/graphql.ts';
import type { DraftInput } from './draft-input.ts';
import { emptySlots, type Slot, type SlotName, type Slots, slotNames, sourceOf, urlOf } from './slot.ts';

/** The swap being composed. */
export const slots = makeVar<Slots>(emptySlots);
export const watermark = makeVar(true);
/** Whether the last attempt to submit found something missing: then every such slot says so. */
export const isChecked = makeVar(false);
/** Why the gateway rejected the last request. */
export const requestError = makeVar<RequestError | undefined>(undefined);

/** Changes a slot. What was wrong with the last request is forgotten. */
export function putSlot(name: SlotName, slot: Slot): void {
  slots({ ...slots(), [name]: slot });
  requestError(undefined);
}

/** What would be sent; undefined while something is missing. */
export function draftInput(current: Slots, isMarked: boolean): DraftInput | undefined {
  const [initImage, targetImage, referenceImage] = slotNames.map((name) => urlOf(sourceOf(current, name)));
  if (!initImage || !targetImage || !referenceImage) return undefined;
  return { initImage, targetImage, referenceImage, watermark: isMarked };
}

/** Slots without a picture to send. */
export function missingSlots(current: Slots): SlotName[] {
  return slotNames.filter((name) => {
    // Without a picture, only the picture itself is missing.
    const isSame = current[name].kind === 'same';
    return !isSame && urlOf(current[name]) === undefined;
  });
}

const firstTrio = { initImage: 'friends', targetImage: 'farah', referenceImage: 'chen' } as const;

/** Chooses the first samples for a user who has not chosen anything yet. */
export function startWithSamples(samples: SamplesQuery['samples']): void {
  if (slots() !== emptySlots) return;
  const pick = (wanted: string): Slot => {
    const found = samples.find(({ url }) => sampleName(url) === wanted);
    return found ? { kind: 'sample', url: found.url, title: found.title } : { kind: 'empty' };
  };
  const trio = {
    initImage: pick(firstTrio.initImage),
    targetImage: pick(firstTrio.targetImage),
    referenceImage: pick(firstTrio.referenceImage),
  };
  if (slotNames.every((name) => trio[name].kind === 'sample')) slots(trio);
}

/** Puts the pictures of an earlier swap into the slots. */
export function reuseSwap(input: DraftInput, samples: SamplesQuery['samples']): void {
  const slotOf = (url: string): Slot => {
    const found = samples.find((sample) => sample.url === url);
    return found ? { kind: 'sample', url, title: found.title } : { kind: 'link', url };
  };
  slots({
    initImage: slotOf(input.initImage),
    targetImage: slotOf(input.targetImage),
    referenceImage:
      input.referenceImage === input.initImage ? { kind: 'same' } : slotOf(input.referenceImage),
  });
  watermark(input.watermark);
  isChecked(false);
  requestError(undefined);
}

import { slotNames } from '../draft/slot.ts';
import { thumbnailUrl } from '../gateway/own-pictures.ts';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';

/** Thumbnails of the swap's pictures; two of them if the picture itself shows which face. */
export function SwapInputs({ swap }: { swap: SwapCardFragment }) {
  const names = slotNames.filter((name) => name !== 'referenceImage' || swap[name] !== swap.initImage);
  return (
    <ul className="inputs">
      {names.map((name) => (
        <li key={name} className="input-picture" title={t.slots[name].label}>
          <img src={thumbnailUrl(swap[name])} alt={t.slots[name].label} loading="lazy" decoding="async" />
        </li>
      ))}
    </ul>
  );
}
